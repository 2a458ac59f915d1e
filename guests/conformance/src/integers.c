// Integer arithmetic at its edges: division by zero and overflow, shifts,
// high products, sign extension, 128-bit numbers, overflow checks.
#include "../common/show.h"

#define BINARY(name, a, b)                                                        \
    ({                                                                                           \
        long result;                                                                             \
        __asm__ volatile(name " %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));                    \
        result;                                                                                  \
    })

int main(void)
{
    static const int64_t values[] = { 0, 1, -1, 2, -2, 7, -7, 63, 64, 31, 32, INT32_MAX, INT32_MIN,
                                      INT64_MAX, INT64_MIN, 0x123456789ABCDEF, -0x123456789ABCDEF,
                                      0xFFFFFFFF, 0x80000000, 0x100000000 };
    enum { COUNT = sizeof values / sizeof values[0] };
    for (int i = 0; i < COUNT; i++)
        for (int k = 0; k < COUNT; k++) {
            int64_t a = values[i], b = values[k];
            printf("%llx %llx:", (unsigned long long)a, (unsigned long long)b);
#define ONE(name) printf(" %lx", (unsigned long)BINARY(name, a, b))
            ONE("div"), ONE("divu"), ONE("rem"), ONE("remu");
            ONE("divw"), ONE("divuw"), ONE("remw"), ONE("remuw");
            ONE("mul"), ONE("mulh"), ONE("mulhu"), ONE("mulhsu"), ONE("mulw");
            ONE("sll"), ONE("srl"), ONE("sra"), ONE("sllw"), ONE("srlw"), ONE("sraw");
            ONE("slt"), ONE("sltu"), ONE("addw"), ONE("subw");
            printf("\n");
        }

    volatile int8_t i8 = -128;
    volatile uint8_t u8 = 255;
    volatile int16_t i16 = -32768;
    volatile uint16_t u16 = 65535;
    volatile int32_t i32 = INT32_MIN;
    volatile uint32_t u32 = UINT32_MAX;
    printf("%d %d %d %d %ld %lu\n", i8, u8, i16, u16, (long)i32, (unsigned long)u32);
    i8--, u8++, i16--, u16++, u32++;
    printf("%d %d %d %d %u\n", i8, u8, i16, u16, u32);

    uint64_t state = 11, sum = 0;
    for (int i = 0; i < 20000; i++) {
        uint64_t a = scramble(&state), b = scramble(&state) >> (i % 64);
        __int128 product = (__int128)(int64_t)a * (int64_t)b;
        unsigned __int128 wide = ((unsigned __int128)a << 64) | b;
        digest(&sum, (uint64_t)(product >> 64) ^ (uint64_t)product);
        digest(&sum, (uint64_t)(wide / (b | 1)) ^ (uint64_t)(wide % (a | 1)));
        digest(&sum, (uint64_t)__builtin_popcountll(a) * 64 + (uint64_t)__builtin_clzll(a | 1));
        digest(&sum, (uint64_t)__builtin_ctzll(b | (UINT64_C(1) << 63)) ^ __builtin_bswap64(a));
        digest(&sum, (a << (i % 64)) | (a >> ((64 - i % 64) % 64)));
        int64_t result;
        digest(&sum, __builtin_add_overflow((int64_t)a, (int64_t)b, &result));
        digest(&sum, __builtin_mul_overflow((int64_t)a, (int64_t)b, &result));
        int32_t narrow;
        digest(&sum, __builtin_sub_overflow((int32_t)a, (int32_t)b, &narrow));
        digest(&sum, (uint64_t)(int64_t)narrow);
        struct {
            int64_t low : 13, middle : 27, high : 24;
        } fields = { (int64_t)a, (int64_t)(a >> 13), (int64_t)(a >> 40) };
        digest(&sum, (uint64_t)(fields.low * 3 + fields.middle * 5 + fields.high * 7));
    }
    printf("digest %016llx\n", (unsigned long long)sum);

    // Loads and stores of every size at every alignment.
    unsigned char bytes[32];
    for (int i = 0; i < 32; i++)
        bytes[i] = (unsigned char)(0x80 + i * 11);
    for (int offset = 0; offset < 16; offset++) {
        unsigned char *volatile place = bytes + offset;
        long lb, lbu, lh, lhu, lw, lwu, ld;
        __asm__ volatile("lb %0, 0(%1)" : "=r"(lb) : "r"(place) : "memory");
        __asm__ volatile("lbu %0, 0(%1)" : "=r"(lbu) : "r"(place) : "memory");
        __asm__ volatile("lh %0, 0(%1)" : "=r"(lh) : "r"(place) : "memory");
        __asm__ volatile("lhu %0, 0(%1)" : "=r"(lhu) : "r"(place) : "memory");
        __asm__ volatile("lw %0, 0(%1)" : "=r"(lw) : "r"(place) : "memory");
        __asm__ volatile("lwu %0, 0(%1)" : "=r"(lwu) : "r"(place) : "memory");
        __asm__ volatile("ld %0, 0(%1)" : "=r"(ld) : "r"(place) : "memory");
        printf("%lx %lx %lx %lx %lx %lx %lx\n", (unsigned long)lb, (unsigned long)lbu,
               (unsigned long)lh, (unsigned long)lhu, (unsigned long)lw, (unsigned long)lwu,
               (unsigned long)ld);
        __asm__ volatile("sh %0, 0(%1)" : : "r"(ld), "r"(place) : "memory");
        __asm__ volatile("sw %0, 3(%1)" : : "r"(ld), "r"(place) : "memory");
        __asm__ volatile("sd %0, 5(%1)" : : "r"(lw), "r"(place) : "memory");
    }
    sum = 0;
    for (int i = 0; i < 32; i++)
        digest(&sum, bytes[i]);
    printf("stores %016llx\n", (unsigned long long)sum);
    return 0;
}
