/* ---- pack.h: matrices in the order in which a product reads them -------------------------------------------------- */

/* A right-hand matrix is packed into panels: TILE_VECS · LANES columns (the last panel what is left, a multiple of
   LANES), each a row of words after the other, so that a tile reads it front to back. */
#define PANEL (TILE_VECS * LANES)

/* A part of the left matrix that stays in the second cache, and its depth: so much of a panel stays in the first. */
#define BLOCK_ROWS 64
#define BLOCK_DEPTH 256

INLINE int64_t padded(int64_t count) { return (count + LANES - 1) / LANES * LANES; }
INLINE int64_t smaller(int64_t count, int64_t bound) { return count < bound ? count : bound; }

/* Prepares panels for pack_row: a last row of words that is not full is. */
static void begin_panels(float *packed, int64_t depth, int64_t columns)
{
    const int64_t words = words_of(depth);
    for (int64_t column = 0; depth % PER_WORD && column < columns; column += PANEL) {
        const int64_t panel = smaller(columns - column, PANEL);
        memset(packed + column * words + (words - 1) * panel, 0, panel * sizeof(float));
    }
}

/* Puts row `k` of a right-hand matrix (depth, columns) into its panels; `width` numbers are given, the rest are 0. */
static void pack_row(float *packed, int64_t depth, int64_t columns, int64_t k, const float *row, int64_t width)
{
    for (int64_t column = 0; column < columns; column += PANEL) {
        const int64_t panel = smaller(columns - column, PANEL);
        float *to = packed + column * words_of(depth) + k / PER_WORD * panel;
        const int64_t given = width - column < 0 ? 0 : width - column < panel ? width - column : panel;
#if BFLOAT16
        word words[PANEL / PER_WORD] = {0};
        round_row(words, row + column, given);
        for (int64_t each = 0; each < panel; ++each)
            ((uint16_t *)to)[PER_WORD * each + k % PER_WORD] = ((const uint16_t *)words)[each];
#else
        copy(to, row + column, given);
        for (int64_t each = given; each < panel; ++each)
            to[each] = 0.0f;
#endif
    }
}

/* Turns a square of LANES rows around: each pass interleaves the first half of the rows with the second. */
INLINE void transpose(vec *rows)
{
#pragma GCC unroll 4
    for (int pass = 1; pass < LANES; pass *= 2) {
        vec next[LANES];
#pragma GCC unroll 8
        for (int row = 0; row < LANES / 2; ++row) {
            next[2 * row] = first_halves(rows[row], rows[row + LANES / 2]);
            next[2 * row + 1] = second_halves(rows[row], rows[row + LANES / 2]);
        }
#pragma GCC unroll 16
        for (int row = 0; row < LANES; ++row)
            rows[row] = next[row];
    }
}

/* Turns up to LANES rows of up to LANES numbers around, `stride` apart: square[k] has number k of every row; the rest
   are 0. */
INLINE void turned(vec *square, const float *rows, int64_t stride, int64_t count, int64_t width)
{
    if (count == LANES && width == LANES)
#pragma GCC unroll 16
        for (int row = 0; row < LANES; ++row)
            square[row] = load(rows + row * stride);
    else
        for (int64_t row = 0; row < LANES; ++row) {
            square[row] = all(0.0f);
            if (row < count)
                memcpy(&square[row], rows + row * stride, width * sizeof(float));
        }
    transpose(square);
}

/* Puts LANES columns of a right-hand matrix into its panels, from `given` rows of its transpose; the rest are 0. */
static void pack_columns(float *packed, int64_t depth, int64_t columns, int64_t column, const float *transposed,
                         int64_t given)
{
    const int64_t first = column / PANEL * PANEL, panel = smaller(columns - first, PANEL);
    float *to = packed + first * words_of(depth) + (column - first);
    for (int64_t k = 0; k < depth; k += LANES) {
        const int64_t width = smaller(depth - k, LANES);
        vec square[LANES];
        turned(square, transposed + k, depth, given, width);
        for (int64_t row = 0; row < width; row += PER_WORD)
#if BFLOAT16
            store(to + (k + row) / PER_WORD * panel, pairs(square[row], square[row + 1]));
#else
            store(to + (k + row) * panel, square[row]);
#endif
    }
}

/* Puts a column of words of LANES rows into their strips, which are whole. */
INLINE void put_column(word *strips, int64_t words, int64_t k, vec column)
{
#pragma GCC unroll 4
    for (int each = 0; each < LANES; each += TILE_ROWS)
        memcpy(strips + each * words + k * TILE_ROWS, (const word *)&column + each, TILE_ROWS * sizeof(word));
}

/* Puts LANES rows, as they lie, into their strips. */
static void pack_rows(word *strips, int64_t depth, const float *left, int64_t left_row)
{
    const int64_t words = words_of(depth);
    for (int64_t k = 0; k < depth; k += LANES) {
        const int64_t width = smaller(depth - k, LANES);
        vec square[LANES];
        turned(square, left + k, left_row, LANES, width);
        for (int64_t row = 0; row < width; row += PER_WORD)
#if BFLOAT16
            put_column(strips, words, (k + row) / PER_WORD, pairs(square[row], square[row + 1]));
#else
            put_column(strips, words, k + row, square[row]);
#endif
    }
}

/* Puts rows of the left matrix into strips of TILE_ROWS rows (the last strip what is left), each a column of words
   after the other. Unless left_step is 1 left lies transposed, and rows are a multiple of LANES. */
static void pack_strips(word *strips, int64_t rows, int64_t depth, const float *left, int64_t left_row,
                        int64_t left_step)
{
    const int64_t words = words_of(depth);
    if (left_step != 1) {
        for (int64_t k = 0; k < words; ++k, left += PER_WORD * left_step)
            for (int64_t row = 0; row < rows; row += LANES) {
                vec column = load(left + row);
#if BFLOAT16
                column = pairs(column, 2 * k + 1 < depth ? load(left + left_step + row) : all(0.0f));
#endif
                put_column(strips + row * words, words, k, column);
            }
        return;
    }
    int64_t row = 0;
    for (; row + LANES <= rows; row += LANES)
        pack_rows(strips + row * words, depth, left + row * left_row, left_row);
    for (; row < rows; row += TILE_ROWS) {
        const int64_t height = smaller(rows - row, TILE_ROWS);
        for (int64_t each = 0; each < height; ++each) {
            const float *from = left + (row + each) * left_row;
            word *to = strips + row * words + each;
#if BFLOAT16
            word line[BLOCK_DEPTH / PER_WORD + LANES];
            round_row(line, from, depth);
            for (int64_t k = 0; k < words; ++k)
                to[k * height] = line[k];
#else
            for (int64_t k = 0; k < words; ++k)
                to[k * height] = from[k];
#endif
        }
    }
}
