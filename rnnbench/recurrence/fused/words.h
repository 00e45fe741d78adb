/* ---- words.h: what products are made of: numbers as they are, or pairs of them rounded to bfloat16 ---------------- */

/* A word is 32 bits: one number of a row of the left matrix, or two; and of a column of the right one as many. */
#if BFLOAT16
#define PER_WORD 2
typedef int32_t word;
typedef uint16_t halves __attribute__((vector_size(2 * LANES)));

/* `rounded_half`: x in bfloat16, the nearest, of two the even one; NaN stays NaN. `pairs`: words of a, in their low
   halves, and b. */
#if defined(__AVX512BF16__)
#define INTERLEAVED FIRST_HALVES, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
typedef uint16_t all_halves __attribute__((vector_size(4 * LANES)));
INLINE halves rounded_half(vec x)
{
    halves half;
    __asm__("vcvtneps2bf16 %1, %0" : "=v"(half) : "v"(x));
    return half;
}
INLINE vec pairs(vec a, vec b)
{
    all_halves both;
    __asm__("vcvtne2ps2bf16 %2, %1, %0" : "=v"(both) : "v"(b), "v"(a));
#ifdef __clang__
    return (vec)__builtin_shufflevector(both, both, INTERLEAVED);
#else
    return (vec)__builtin_shuffle(both, (all_halves){INTERLEAVED});
#endif
}
#else
INLINE mask rounded(vec x)
{
    const mask bits = (mask)x, nan = x != x;
    return (nan & (bits | 0x00400000)) | (~nan & (bits + 0x7fff + (bits >> 16 & 1)));
}
INLINE halves rounded_half(vec x) { return __builtin_convertvector(rounded(x) >> 16, halves); }
INLINE vec pairs(vec a, vec b) { return (vec)((rounded(a) >> 16 & 0xffff) | (rounded(b) & ~0xffff)); }
#endif

/* Rounds a row to words; at an odd end a zero stands beside the last number. */
static void round_row(word *words, const float *row, int64_t count)
{
    for (int64_t k = 0; k < count; k += LANES) {
        vec numbers = {0};
        if (count - k >= LANES)
            numbers = load(row + k);
        else
            memcpy(&numbers, row + k, (count - k) * sizeof(float));
        const halves half = rounded_half(numbers);
        memcpy(words + k / 2, &half, sizeof(half));
    }
}

/* sum += left's numbers · right's */
INLINE vec add_product(vec sum, word left, vec right)
{
    const mask both = (mask){0} + left;
#if defined(__AVX512BF16__)
    __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(both), "v"(right));
    return sum;
#elif defined(__ARM_FEATURE_BF16_VECTOR_ARITHMETIC)
    __asm__("bfdot %0.4s, %1.8h, %2.8h" : "+w"(sum) : "w"(both), "w"(right));
    return sum;
#else
    sum += (vec)(both << 16) * (vec)((mask)right << 16);
    return sum + (vec)(both & ~0xffff) * (vec)((mask)right & ~0xffff);
#endif
}
#else
#define PER_WORD 1
typedef float word;

INLINE vec add_product(vec sum, word left, vec right) { return sum + left * right; }
#endif

INLINE int64_t words_of(int64_t count) { return (count + PER_WORD - 1) / PER_WORD; }
