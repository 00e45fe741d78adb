/* ---- product.h: matrix products in register tiles ---------------------------------------------------------------- */

/* A right-hand matrix is packed into panels: TILE_VECS · LANES columns (the last panel what is left, a multiple of
   LANES), each a row after the other, so that a tile reads it front to back. */
#define PANEL (TILE_VECS * LANES)

INLINE int64_t padded(int64_t count) { return (count + LANES - 1) / LANES * LANES; }
INLINE int64_t at_most_panel(int64_t columns) { return columns < PANEL ? columns : PANEL; }

/* sums += a column of left times a row of the panel. */
INLINE void add_products(const int rows, const int vecs, const float *left, int64_t left_row, const float *panel,
                         vec (*sums)[TILE_VECS])
{
    vec right[TILE_VECS];
#pragma GCC unroll 3
    for (int j = 0; j < vecs; ++j)
        right[j] = load(panel + j * LANES);
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
        const float factor = left[i * left_row];
#pragma GCC unroll 3
        for (int j = 0; j < vecs; ++j)
            sums[i][j] += factor * right[j];
    }
}

/* result = start + left · panel for one tile, whose sums stay in registers: `rows` and `vecs` are constants here.
   A small tile keeps several sums of every number, of every so many products each: a sum has to wait for the one
   before it. */
INLINE void tile(const int rows, const int vecs, int64_t depth, const float *left, int64_t left_row, int64_t left_step,
                 const float *panel, const float *start, int64_t start_row, float *result, int64_t result_row)
{
    const int chains = rows * vecs <= 3 ? 3 : rows * vecs <= 6 ? 2 : 1;
    vec sums[3][TILE_ROWS][TILE_VECS];
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 3
        for (int j = 0; j < vecs; ++j) {
            sums[0][i][j] = load(start + i * start_row + j * LANES);
            sums[1][i][j] = sums[2][i][j] = all(0.0f);
        }
    int64_t k = 0;
    for (; k + chains <= depth; k += chains)
#pragma GCC unroll 3
        for (int chain = 0; chain < chains; ++chain)
            add_products(rows, vecs, left + (k + chain) * left_step, left_row, panel + (k + chain) * vecs * LANES,
                         sums[chain]);
    for (; k < depth; ++k)
        add_products(rows, vecs, left + k * left_step, left_row, panel + k * vecs * LANES, sums[0]);
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 3
        for (int j = 0; j < vecs; ++j) {
            vec sum = sums[0][i][j];
            for (int chain = 1; chain < chains; ++chain)
                sum += sums[chain][i][j];
            store(result + i * result_row + j * LANES, sum);
        }
}

#define TILE(rows, vecs)                                                                                               \
    case (rows) * 4 + (vecs):                                                                                          \
        tile(rows, vecs, depth, left, left_row, left_step, panel, start, start_row, result, result_row);               \
        break;

/* One tile of any size; left_step is a constant in both callers, so that each gets code of its own. */
INLINE void tile_of(int64_t rows, int64_t vecs, int64_t depth, const float *left, int64_t left_row, int64_t left_step,
                    const float *panel, const float *start, int64_t start_row, float *result, int64_t result_row)
{
    switch (rows * 4 + vecs) {
        TILE(1, 1) TILE(2, 1) TILE(3, 1) TILE(4, 1)
        TILE(1, 2) TILE(2, 2) TILE(3, 2) TILE(4, 2)
#if TILE_VECS > 2
        TILE(1, 3) TILE(2, 3) TILE(3, 3) TILE(4, 3)
#endif
#if TILE_ROWS > 4
        TILE(5, 1) TILE(6, 1)
        TILE(5, 2) TILE(6, 2)
#if TILE_VECS > 2
        TILE(5, 3) TILE(6, 3)
#endif
#endif
#if TILE_ROWS > 6
        TILE(7, 1) TILE(8, 1)
        TILE(7, 2) TILE(8, 2)
#if TILE_VECS > 2
        TILE(7, 3) TILE(8, 3)
#endif
#endif
    }
}

INLINE int64_t at_most_tile(int64_t rows) { return rows < TILE_ROWS ? rows : TILE_ROWS; }

/* result (rows, columns) = start + left (rows, depth) · right (depth, columns), the right one packed.
   start may be result itself, or a single row (start_row 0). */
static void product(int64_t rows, int64_t depth, int64_t columns, const float *left, int64_t left_row,
                    const float *right, const float *start, int64_t start_row, float *result, int64_t result_row)
{
    for (int64_t column = 0; column < columns; column += PANEL)
        for (int64_t row = 0; row < rows; row += TILE_ROWS)
            tile_of(at_most_tile(rows - row), at_most_panel(columns - column) / LANES, depth,
                    left + row * left_row, left_row, 1, right + column * depth, start + row * start_row + column,
                    start_row, result + row * result_row + column, result_row);
}

/* Rows of `left` below that are read together, so that they stay in the second cache for all panels. */
#define TOGETHER (16 * TILE_ROWS)

/* result (rows, columns) = zeros + leftᵀ · right for left (depth, rows) and right (depth, columns), the right one
   packed; result is added to if no zeros are given. */
static void product_over_tokens(int64_t rows, int64_t depth, int64_t columns, const float *left, int64_t left_step,
                                const float *right, const float *zeros, float *result)
{
    for (int64_t first = 0; first < rows; first += TOGETHER)
        for (int64_t column = 0; column < columns; column += PANEL)
            for (int64_t row = first; row < rows && row < first + TOGETHER; row += TILE_ROWS) {
                float *at = result + row * columns + column;
                tile_of(at_most_tile(rows - row), at_most_panel(columns - column) / LANES, depth, left + row, 1,
                        left_step, right + column * depth, zeros ? zeros : at, zeros ? 0 : columns, at, columns);
            }
}

/* Puts row `k` of a right-hand matrix (depth, columns) into its panels; `width` numbers are given, the rest are 0. */
static void pack_row(float *packed, int64_t depth, int64_t columns, int64_t k, const float *row, int64_t width)
{
    for (int64_t column = 0; column < columns; column += PANEL) {
        const int64_t panel = at_most_panel(columns - column);
        float *to = packed + column * depth + k * panel;
        const int64_t given = width - column < 0 ? 0 : width - column < panel ? width - column : panel;
        copy(to, row + column, given);
        for (int64_t each = given; each < panel; ++each)
            to[each] = 0.0f;
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

/* Puts LANES columns of a right-hand matrix into its panels, from `given` rows of its transpose; the rest are 0. */
static void pack_columns(float *packed, int64_t depth, int64_t columns, int64_t column, const float *transposed,
                         int64_t given)
{
    const int64_t first = column / PANEL * PANEL, panel = at_most_panel(columns - first);
    float *to = packed + first * depth + (column - first);
    for (int64_t k = 0; k < depth; k += LANES) {
        const int64_t width = depth - k < LANES ? depth - k : LANES;
        vec square[LANES] = {0};
        if (given == LANES && width == LANES)
#pragma GCC unroll 16
            for (int row = 0; row < LANES; ++row)
                square[row] = load(transposed + row * depth + k);
        else
            for (int64_t row = 0; row < given; ++row)
                memcpy(&square[row], transposed + row * depth + k, width * sizeof(float));
        transpose(square);
        for (int64_t row = 0; row < width; ++row)
            store(to + (k + row) * panel, square[row]);
    }
}

/* The sums of LANES vectors, each sum in its own lane: in every pass two vectors become one of both their half sums. */
INLINE vec sums_of(vec *vectors)
{
#pragma GCC unroll 4
    for (int half = LANES / 2; half; half /= 2)
#pragma GCC unroll 8
        for (int each = 0; each < half; ++each)
            vectors[each] = first_halves(vectors[each], vectors[each + half]) +
                            second_halves(vectors[each], vectors[each + half]);
    return vectors[0];
}

/* LANES numbers: a row of left times `given` rows of a right-hand matrix's transpose, and zeros. */
INLINE vec products_with_rows(const int given, int64_t depth, const float *left, const float *transposed)
{
    vec sums[LANES] = {0}, rest = {0};
    int64_t k = 0;
    for (; k + LANES <= depth; k += LANES) {
        const vec factor = load(left + k);
#pragma GCC unroll 16
        for (int each = 0; each < given; ++each)
            sums[each] += factor * load(transposed + each * depth + k);
    }
    for (; k < depth; ++k)
        for (int each = 0; each < given; ++each)
            rest[each] += left[k] * transposed[each * depth + k];
    return sums_of(sums) + rest;
}

/* result (rows, count) = start + left (rows, depth) · transposedᵀ, which is (count, depth) and not packed; zeros fill
   the last LANES columns. What `start` is says `product`. */
static void product_with_rows(int64_t rows, int64_t depth, int64_t count, const float *left, int64_t left_row,
                              const float *transposed, const float *start, int64_t start_row, float *result,
                              int64_t result_row)
{
    for (int64_t column = 0; column < count; column += LANES, transposed += LANES * depth)
        for (int64_t row = 0; row < rows; ++row) {
            const float *at = left + row * left_row;
            const vec products = count - column < LANES
                                     ? products_with_rows(count - column, depth, at, transposed)
                                     : products_with_rows(LANES, depth, at, transposed);
            store(result + row * result_row + column, load(start + row * start_row + column) + products);
        }
}
