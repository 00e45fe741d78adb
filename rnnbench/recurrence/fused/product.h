/* ---- product.h: matrix products in register tiles ---------------------------------------------------------------- */

/* sums += a column of left times a row of the panel. */
INLINE void add_products(const int rows, const int vecs, const word *left, int64_t left_row, const float *panel,
                         vec (*sums)[TILE_VECS])
{
    vec right[TILE_VECS];
#pragma GCC unroll 3
    for (int j = 0; j < vecs; ++j) {
        right[j] = load(panel + j * LANES);
        IN_REGISTER(right[j]);
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
        const word factor = left[i * left_row];
#pragma GCC unroll 3
        for (int j = 0; j < vecs; ++j)
            sums[i][j] = add_product(sums[i][j], factor, right[j]);
    }
}

/* result = start + left · panel for one tile, whose sums stay in registers: `rows` and `vecs` are constants here.
   A small tile keeps several sums of every number, of every so many products each: a sum has to wait for the one
   before it. */
INLINE void tile(const int rows, const int vecs, int64_t words, const word *left, int64_t left_row, int64_t left_step,
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
    for (; k + chains <= words; k += chains)
#pragma GCC unroll 3
        for (int chain = 0; chain < chains; ++chain)
            add_products(rows, vecs, left + (k + chain) * left_step, left_row, panel + (k + chain) * vecs * LANES,
                         sums[chain]);
    for (; k < words; ++k)
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
        tile(rows, vecs, words, left, STRIDES, panel, start, start_row, result, result_row);                           \
        break;

/* Rows that do not fill a strip are read as they lie, `stride` apart; where they cannot be, they are a lower strip,
   whose columns are `stride` apart. */
#if BFLOAT16
#define STRIDES 1, stride
#else
#define STRIDES stride, 1
#endif

/* A tile of 1, 2, 4 … rows: one for each number of rows would take long to compile. */
static void small_tile(int64_t rows, int64_t vecs, int64_t words, const word *left, int64_t stride, const float *panel,
                       const float *start, int64_t start_row, float *result, int64_t result_row)
{
    switch (rows * 4 + vecs) {
        TILE(1, 1) TILE(2, 1) TILE(4, 1)
        TILE(1, 2) TILE(2, 2) TILE(4, 2)
#if TILE_VECS > 2
        TILE(1, 3) TILE(2, 3) TILE(4, 3)
#endif
#if TILE_ROWS > 4
        TILE(8, 1) TILE(8, 2)
#if TILE_VECS > 2
        TILE(8, 3)
#endif
#endif
    }
}

/* The most rows of so many that a small tile takes. */
INLINE int64_t small_rows(int64_t rows)
{
    int64_t taken = TILE_ROWS;
    while (taken > rows)
        taken /= 2;
    return taken;
}

#define STRIP_TILE(vecs)                                                                                               \
    case vecs:                                                                                                         \
        tile(TILE_ROWS, vecs, words, strip, 1, TILE_ROWS, panel, start, start_row, result, result_row);                \
        break;

/* A tile of a whole strip. */
static void strip_tile(int64_t vecs, int64_t words, const word *strip, const float *panel, const float *start,
                       int64_t start_row, float *result, int64_t result_row)
{
    switch (vecs) {
        STRIP_TILE(1)
        STRIP_TILE(2)
#if TILE_VECS > 2
        STRIP_TILE(3)
#endif
    }
}

/* More numbers of a left matrix than these do not stay in the first cache as they lie. */
#define FEW_NUMBERS 8192

/* How many of so many rows of a block are packed into strips. */
INLINE int64_t packed_rows(int64_t rows, int64_t height, int64_t depth, int64_t left_step)
{
    if (BFLOAT16)
        return height;
    return left_step != 1 || rows * depth > FEW_NUMBERS ? height / TILE_ROWS * TILE_ROWS : 0;
}

/* result (rows, columns) = start + left (rows, depth) · right (depth, columns), the right one packed.
   start may be result itself, or a single row (start_row 0). Either left_step is 1, or left_row is: then left lies
   transposed, and rows are a multiple of LANES. */
static void product(int64_t rows, int64_t depth, int64_t columns, const float *left, int64_t left_row,
                    int64_t left_step, const float *right, const float *start, int64_t start_row, float *result,
                    int64_t result_row)
{
    word strips[BLOCK_ROWS * BLOCK_DEPTH / PER_WORD];
    for (int64_t first = 0; first < rows; first += BLOCK_ROWS)
        for (int64_t k = 0; k < depth; k += BLOCK_DEPTH) {
            const int64_t height = smaller(rows - first, BLOCK_ROWS), deep = smaller(depth - k, BLOCK_DEPTH);
            const int64_t packed = packed_rows(rows, height, deep, left_step), words = words_of(deep);
            const float *block = left + first * left_row + k * left_step, *sums = k ? result : start;
            const int64_t sums_row = k ? result_row : start_row;
            pack_strips(strips, packed, deep, block, left_row, left_step);
            for (int64_t column = 0; column < columns; column += PANEL) {
                const int64_t panel = smaller(columns - column, PANEL), vecs = panel / LANES;
                const float *top = right + column * words_of(depth) + k / PER_WORD * panel;
                const float *from = sums + first * sums_row + column;
                float *to = result + first * result_row + column;
                int64_t row = 0;
                for (; row + TILE_ROWS <= packed; row += TILE_ROWS)
                    strip_tile(vecs, words, strips + row * words, top, from + row * sums_row, sums_row,
                               to + row * result_row, result_row);
                for (int64_t whole = row, taken; row < height; row += taken) {
                    const word *rest = BFLOAT16 ? strips + whole * words + (row - whole)
                                                : (const word *)(block + row * left_row);
                    taken = small_rows(height - row);
                    small_tile(taken, vecs, words, rest, BFLOAT16 ? height - whole : left_row, top,
                               from + row * sums_row, sums_row, to + row * result_row, result_row);
                }
            }
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
