/* SPDX-License-Identifier: MIT */
/* Arithmetic whose results IEEE 754 and C leave no choice in: run on any machine, compare the
 * output. */
#include <complex.h>
#include <fenv.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static uint64_t state = 88172645463325252; /* xorshift64, Marsaglia 2003 */

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    return (hash ^ value) * 1099511628211u; /* FNV-1a, by words */
}

static uint64_t bits_of(double x)
{
    union {
        double value;
        uint64_t bits;
    } u = { .value = x };
    return isnan(x) ? 0x7ff8000000000000 : u.bits; /* which NaN it is differs between machines */
}

static double any_double(void)
{
    union {
        uint64_t bits;
        double value;
    } u = { .bits = next() };
    return u.value;
}

static void doubles(int mode, const char *name)
{
    uint64_t hash = 0;
    fesetround(mode);
    for (int i = 0; i < 20000; i++) {
        volatile double a = any_double(), b = any_double(), c = any_double();
        hash = mix(hash, bits_of(a + b));
        hash = mix(hash, bits_of(a - b));
        hash = mix(hash, bits_of(a * b));
        hash = mix(hash, bits_of(a / b));
        hash = mix(hash, bits_of(sqrt(fabs(a))));
        hash = mix(hash, bits_of(fma(a, b, c)));
        hash = mix(hash, bits_of(rint(ldexp(1 + a / INFINITY, i % 60) / 3)));
        volatile float f = (float)a;
        hash = mix(hash, bits_of(f));
        hash = mix(hash, a < b ? 1 : 2);
    }
    fesetround(FE_TONEAREST);
    printf("double %s %016" PRIx64 "\n", name, hash);
}

static void exceptions(void)
{
    static const struct {
        double a, b;
    } cases[] = { { 1, 3 }, { 1, 0 }, { 1e308, 1e-10 }, { 1e-308, 1e10 }, { 0, 0 }, { 1, 2 } };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        volatile double a = cases[i].a, b = cases[i].b;
        feclearexcept(FE_ALL_EXCEPT);
        volatile double quotient = a / b;
        (void)quotient;
        printf("%g/%g:%s%s%s%s%s\n", a, b, fetestexcept(FE_INVALID) ? " invalid" : "",
               fetestexcept(FE_DIVBYZERO) ? " divbyzero" : "",
               fetestexcept(FE_OVERFLOW) ? " overflow" : "",
               fetestexcept(FE_UNDERFLOW) ? " underflow" : "",
               fetestexcept(FE_INEXACT) ? " inexact" : "");
    }
}

static void integers(void)
{
    uint64_t hash = 0;
    for (int i = 0; i < 50000; i++) {
        uint64_t a = next(), b = next() >> (i % 63);
        b |= 1;
        hash = mix(hash, a / b);
        hash = mix(hash, a % b);
        hash = mix(hash, (uint64_t)((int64_t)a / (int32_t)b));
        hash = mix(hash, (uint64_t)(((unsigned __int128)a * b) >> 64));
        hash = mix(hash, (uint64_t)(((__int128)(int64_t)a * (int64_t)b) >> 64));
        hash = mix(hash, (uint64_t)(((unsigned __int128)a << 32 | b) / (b >> 3 | 1)));
        hash = mix(hash, (uint64_t)__builtin_popcountll(a));
        hash = mix(hash, (uint64_t)__builtin_clzll(b) + (uint64_t)__builtin_ctzll(b));
        hash = mix(hash, __builtin_bswap64(a) ^ __builtin_bswap32((uint32_t)b));
        hash = mix(hash, a >> (b % 64) | a << (63 - b % 64));
        hash = mix(hash, (uint64_t)(int64_t)(int16_t)a + (uint8_t)b);
    }
    printf("integer %016" PRIx64 "\n", hash);
}

static void conversions(void)
{
    uint64_t hash = 0;
    for (int i = 0; i < 20000; i++) {
        volatile double d = (double)(int64_t)(next() >> (i % 50)) / 7;
        volatile float f = (float)(next() >> (i % 60));
        hash = mix(hash, (uint64_t)(int64_t)d);
        hash = mix(hash, (uint64_t)(int64_t)-d);
        hash = mix(hash, (uint64_t)llrint(d / 16));
        hash =
            mix(hash, bits_of(floor(d)) ^ bits_of(ceil(d)) ^ bits_of(round(d)) ^ bits_of(trunc(d)));
        hash = mix(hash, bits_of(f));
        hash = mix(hash, bits_of((double)next()));
        hash = mix(hash, bits_of((float)(int64_t)next()));
    }
    printf("conversion %016" PRIx64 "\n", hash);
}

static void text(void)
{
    printf("%.17g %a %.3e %g\n", 0.1, 0x1.921fb54442d18p+1, 123456.789, 1e100);
    double complex z = (3 + 4 * I) * (1 - 2 * I);
    printf("%g %g %.17g\n", creal(z), cimag(z), cabs(3 + 4 * I));
    double x;
    sscanf("2.2250738585072011e-308", "%lf", &x);
    printf("%a\n", x);
}

int main(void)
{
    doubles(FE_TONEAREST, "nearest");
    doubles(FE_UPWARD, "up");
    doubles(FE_DOWNWARD, "down");
    doubles(FE_TOWARDZERO, "zero");
    exceptions();
    integers();
    conversions();
    text();
    return 0;
}
