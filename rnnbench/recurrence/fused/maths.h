/* ---- maths.h: vectors of floats, and the functions of the pointwise maths on them ------------------------------- */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* LANES floats fill a register; a product's tile is TILE_ROWS rows of TILE_VECS registers, as many as there is room
   for beside the operands. */
#if defined(__AVX512F__)
#define LANES 16
#define FIRST_HALVES 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define SECOND_HALVES 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#define TILE_ROWS 8
#define TILE_VECS 3
#elif defined(__AVX__)
#define LANES 8
#define FIRST_HALVES 0, 8, 1, 9, 2, 10, 3, 11
#define SECOND_HALVES 4, 12, 5, 13, 6, 14, 7, 15
#define TILE_ROWS 4
#define TILE_VECS 3
#elif defined(__aarch64__)
#define LANES 4
#define TILE_ROWS 8
#define TILE_VECS 2
#else
#define LANES 4
#define TILE_ROWS 4
#define TILE_VECS 2
#endif
#if LANES == 4
#define FIRST_HALVES 0, 4, 1, 5
#define SECOND_HALVES 2, 6, 3, 7
#endif

#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef int32_t mask __attribute__((vector_size(4 * LANES)));
typedef float vec_in_memory __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

INLINE vec load(const float *from) { return *(const vec_in_memory *)from; }
INLINE void store(float *to, vec value) { *(vec_in_memory *)to = value; }
/* Rows are short: a call of memcpy would take longer than the copy. */
INLINE void copy(float *to, const float *from, int64_t count)
{
    int64_t k = 0;
    for (; k + LANES <= count; k += LANES)
        store(to + k, load(from + k));
    for (; k < count; ++k)
        to[k] = from[k];
}
/* Keeps a vector in a register: compilers would read it from memory anew for each use, which takes longer. */
#if defined(__x86_64__)
#define IN_REGISTER(vector) __asm__("" : "+v"(vector))
#elif defined(__aarch64__)
#define IN_REGISTER(vector) __asm__("" : "+w"(vector))
#else
#define IN_REGISTER(vector)
#endif
INLINE vec all(float value) { return (vec){0} + value; }
/* a0 b0 a1 b1 … from the halves of a and b. */
#ifdef __clang__
INLINE vec first_halves(vec a, vec b) { return __builtin_shufflevector(a, b, FIRST_HALVES); }
INLINE vec second_halves(vec a, vec b) { return __builtin_shufflevector(a, b, SECOND_HALVES); }
#else
INLINE vec first_halves(vec a, vec b) { return __builtin_shuffle(a, b, (mask){FIRST_HALVES}); }
INLINE vec second_halves(vec a, vec b) { return __builtin_shuffle(a, b, (mask){SECOND_HALVES}); }
#endif
INLINE vec choose(mask where, vec a, vec b) { return (vec)(((mask)a & where) | ((mask)b & ~where)); }

/* Comparisons with NaN are false; the functions below are written so that NaN passes through them. */
#if defined(__AVX__)
/* One instruction, which compilers do not find by themselves; of a NaN and a number it gives the last operand. */
#define OF_BOUND_AND(instruction, x, bound)                                                                            \
    ({                                                                                                                 \
        vec chosen;                                                                                                    \
        __asm__(instruction " %2, %1, %0" : "=v"(chosen) : "v"(all(bound)), "v"(x));                                   \
        chosen;                                                                                                        \
    })
INLINE vec at_least(vec x, float bound) { return OF_BOUND_AND("vmaxps", x, bound); }
INLINE vec at_most(vec x, float bound) { return OF_BOUND_AND("vminps", x, bound); }
#else
INLINE vec at_least(vec x, float bound) { return choose(x < bound, all(bound), x); }
INLINE vec at_most(vec x, float bound) { return choose(x > bound, all(bound), x); }
#endif
INLINE vec maximum(vec a, vec b) { return choose((a > b) | (a != a), a, b); }
INLINE vec minimum(vec a, vec b) { return choose((a < b) | (a != a), a, b); }
INLINE vec relu(vec x) { return at_least(x, 0.0f); }
INLINE vec absolute(vec x) { return (vec)((mask)x & 0x7fffffff); }

INLINE vec square_root(vec x)
{
    vec root;
    for (int lane = 0; lane < LANES; ++lane)
        root[lane] = __builtin_sqrtf(x[lane]);
    return root;
}

/* x = power · ln 2 + rest with |rest| <= ln 2 / 2: adding 1.5 · 2^23 rounds, and leaves the integer in the low bits. */
#define ROUNDING 12582912.0f
INLINE vec reduced(vec x, mask *power)
{
    vec shifted = x * 1.44269504f + ROUNDING;
    vec rounded = shifted - ROUNDING;
    *power = (mask)shifted - (mask)all(ROUNDING);
    /* ln 2 in two parts, the first with trailing zeros: its product is exact. */
    return (x - rounded * 0.693359375f) + rounded * 2.12194440e-4f;
}

/* e^r - 1 for |r| <= ln 2 / 2; minimax fit, relative error 1.5e-8. */
INLINE vec expm1_near_0(vec r)
{
    vec p = r * 0.001394876861f + 0.008367923088f;
    p = r * p + 0.04166625068f;
    p = r * p + 0.1666653305f;
    p = r * p + 0.5f;
    return r + r * r * p;
}

INLINE vec power_of_2(mask power) { return (vec)((power + 127) << 23); }

/* e^x for -87 <= x <= 88, where one power of 2 can be a float. */
INLINE vec exp_bounded(vec x)
{
    mask power;
    vec p = expm1_near_0(reduced(x, &power));
    return (p + 1.0f) * power_of_2(power);
}

INLINE vec exponential(vec x)
{
    mask power;
    vec p = expm1_near_0(reduced(at_most(at_least(x, -104.0f), 89.0f), &power));
    mask half = power >> 1;
    return (p + 1.0f) * power_of_2(half) * power_of_2(power - half);
}

INLINE vec sigmoid(vec x) { return 1.0f / (1.0f + exp_bounded(at_most(at_least(-x, -87.0f), 88.0f))); }

/* m / (m + 2) with m = e^2x - 1, which keeps its relative accuracy near 0. */
INLINE vec hyperbolic_tangent(vec x)
{
    mask power;
    vec p = expm1_near_0(reduced(2.0f * at_most(at_least(x, -10.0f), 10.0f), &power));
    vec scale = power_of_2(power);
    vec m = p * scale + (scale - 1.0f);
    return m / (m + 2.0f);
}

INLINE vec logarithm(vec x)
{
    /* Subnormal numbers are scaled into the normal range. */
    mask small = x < 1.17549435e-38f;
    vec scaled = choose(small, x * 8388608.0f, x);
    /* scaled = 2^power · m with m between sqrt(1/2) and sqrt(2). */
    mask bits = (mask)scaled - 0x3f3504f3;
    mask power = bits >> 23;
    vec f = (vec)((bits & 0x007fffff) + 0x3f3504f3) - 1.0f;
    vec exponent = __builtin_convertvector(power, vec) - choose(small, all(23.0f), all(0.0f));
    /* log(1 + f) = f - f²/2 + f³ q(f); minimax fit, relative error 7.5e-10. */
    vec q = f * 0.06926590204f + -0.1180799305f;
    q = f * q + 0.1187763885f;
    q = f * q + -0.1238176450f;
    q = f * q + 0.1421775222f;
    q = f * q + -0.1666935980f;
    q = f * q + 0.2000227123f;
    q = f * q + -0.2499998510f;
    q = f * q + 0.3333331048f;
    vec value = f * f * (f * q - 0.5f) - exponent * 2.12194440e-4f + f + exponent * 0.693359375f;
    value = choose(x == 0.0f, all(-__builtin_inff()), value);
    value = choose((x < 0.0f) | (x != x), all(__builtin_nanf("")), value);
    return choose(x == __builtin_inff(), x, value);
}

/* What rounding 1 + x lost is given back. */
INLINE vec logarithm_1p(vec x)
{
    vec sum = 1.0f + x;
    vec lost = x - (sum - 1.0f);
    vec value = logarithm(sum) + choose(sum == 0.0f, all(0.0f), lost / sum);
    return choose(x == __builtin_inff(), x, value);
}

INLINE vec softplus(vec x) { return relu(x) + logarithm_1p(exponential(-absolute(x))); }
