// Instructions that a compiler uses rarely: atomic memory operations in both
// widths, load-reserved and store-conditional, the time counter, fences, control
// registers of the float unit, compressed instructions, far branches.
#include "../common/show.h"

#define AMO(name, place, operand)                                                                \
    ({                                                                                           \
        long old;                                                                                \
        __asm__ volatile(name " %0, %2, (%1)" : "=&r"(old) : "r"(place), "r"(operand)            \
                         : "memory");                                                            \
        old;                                                                                     \
    })

static void show_amo(void)
{
    static const long starts[] = { 5, -5, 0x7FFFFFFF, -0x80000000L, 0x7FFFFFFFFFFFFFFF, 0 };
    static const long operands[] = { 3, -3, 0x80000000, 1, -1, 0x123456789 };
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < 6; k++) {
            long place, old;
            printf("%lx %lx:", (unsigned long)starts[i], (unsigned long)operands[k]);
#define BOTH(operation)                                                                          \
    place = starts[i];                                                                           \
    old = AMO("amo" operation ".d.aqrl", &place, operands[k]);                                   \
    printf(" %lx>%lx", (unsigned long)old, (unsigned long)place);                                \
    place = starts[i];                                                                           \
    old = AMO("amo" operation ".w", &place, operands[k]);                                        \
    printf(" %lx>%lx", (unsigned long)old, (unsigned long)place)
            BOTH("swap");
            BOTH("add");
            BOTH("xor");
            BOTH("and");
            BOTH("or");
            BOTH("min");
            BOTH("max");
            BOTH("minu");
            BOTH("maxu");
            printf("\n");
        }
    // Only the upper of two neighbours in a doubleword changes.
    int pair[2] = { 1, 2 };
    AMO("amoadd.w", &pair[1], 40L);
    printf("pair %d %d\n", pair[0], pair[1]);
}

static void show_reservations(void)
{
    // Far apart: a reservation may cover more than the word itself.
    static long memory[2][1024] __attribute__((aligned(8192)));
    long *place = &memory[0][0], *other = &memory[1][0], old, failed;
    *place = 10;
    __asm__ volatile("lr.d %0, (%2)\n\tsc.d %1, %3, (%2)"
                     : "=&r"(old), "=&r"(failed) : "r"(place), "r"(11L) : "memory");
    printf("reserved: old %ld, failed %ld, now %ld\n", old, failed, *place);
    __asm__ volatile("sc.d %0, %2, (%1)" : "=&r"(failed) : "r"(place), "r"(12L) : "memory");
    printf("without reservation: failed %d, now %ld\n", failed != 0, *place);
    __asm__ volatile("lr.d %0, (%2)\n\tsc.d %1, %3, (%4)"
                     : "=&r"(old), "=&r"(failed)
                     : "r"(place), "r"(13L), "r"(other) : "memory");
    printf("elsewhere: failed %d, other %ld\n", failed != 0, *other);
    int word = -7;
    __asm__ volatile("lr.w.aq %0, (%2)\n\tsc.w.rl %1, %3, (%2)"
                     : "=&r"(old), "=&r"(failed) : "r"(&word), "r"(0x1FFFFFFFFL) : "memory");
    printf("word: old %ld, failed %ld, now %d\n", old, failed, word);
    // A loop with a few instructions in between must succeed at last.
    long counter = 0;
    for (int i = 0; i < 1000; i++)
        __asm__ volatile("1: lr.d t0, (%0)\n\taddi t0, t0, 3\n\tsc.d t1, t0, (%0)\n\tbnez t1, 1b"
                         : : "r"(&counter) : "t0", "t1", "memory");
    printf("loop %ld\n", counter);
}

static void show_control_registers(void)
{
    unsigned long value, before;
    __asm__ volatile("fscsr zero");
    __asm__ volatile("csrrwi %0, fflags, 21" : "=r"(before));
    __asm__ volatile("csrrsi %0, fflags, 10" : "=r"(value));
    printf("flags %lu then %lu", before, value);
    __asm__ volatile("csrrci %0, fflags, 5" : "=r"(value));
    printf(" then %lu", value);
    __asm__ volatile("csrr %0, fflags" : "=r"(value));
    printf(" then %lu\n", value);
    __asm__ volatile("csrw frm, %0" : : "r"(2UL));
    __asm__ volatile("csrr %0, fcsr" : "=r"(value));
    printf("fcsr %lx\n", value);
    __asm__ volatile("csrw fcsr, %0" : : "r"(0xFFUL));
    __asm__ volatile("csrr %0, fcsr" : "=r"(value));
    printf("fcsr %lx", value);
    __asm__ volatile("csrr %0, frm" : "=r"(value));
    printf(", frm %lx", value);
    __asm__ volatile("csrrc %0, fcsr, %1" : "=r"(before) : "r"(0xE0UL));
    __asm__ volatile("csrr %0, fcsr" : "=r"(value));
    printf(", cleared %lx\n", value);
    __asm__ volatile("fscsr zero");
}

static void show_time(void)
{
    unsigned long first, second;
    __asm__ volatile("rdtime %0" : "=r"(first));
    for (volatile int i = 0; i < 1000; i++)
        ;
    __asm__ volatile("rdtime %0" : "=r"(second));
    show_truth("time does not run backwards", second >= first);
}

// Compressed instructions with their odd encodings of immediates.
static void show_compressed(void)
{
    long memory[64], a, b, c;
    for (int i = 0; i < 64; i++)
        memory[i] = i * 0x0101010101010101L;
    __asm__ volatile("c.li %0, -32\n\tc.li %1, 31\n\tc.lui %2, 0xfffe0"
                     : "=r"(a), "=r"(b), "=r"(c));
    printf("%ld %ld %ld\n", a, b, c);
    __asm__ volatile("mv a5, %3\n\tc.ld a4, 248(a5)\n\tc.lw a3, 124(a5)\n\tc.ld a2, 0(a5)\n\t"
                     "mv %0, a4\n\tmv %1, a3\n\tmv %2, a2"
                     : "=&r"(a), "=&r"(b), "=&r"(c) : "r"(memory)
                     : "a2", "a3", "a4", "a5", "memory");
    printf("%lx %lx %lx\n", (unsigned long)a, (unsigned long)b, (unsigned long)c);
    __asm__ volatile("li a4, -100\n\tmv a5, a4\n\tc.srai a5, 3\n\tmv a3, a4\n\tc.srli a3, 60\n\t"
                     "c.andi a4, -8\n\tmv %0, a5\n\tmv %1, a3\n\tmv %2, a4"
                     : "=&r"(a), "=&r"(b), "=&r"(c) : : "a3", "a4", "a5");
    printf("%ld %ld %ld\n", a, b, c);
    __asm__ volatile("li a4, 0x7fffffff\n\tli a5, 1\n\tc.addw a4, a5\n\tmv %0, a4\n\t"
                     "li a4, 5\n\tc.subw a4, a5\n\tc.xor a4, a5\n\tc.or a4, a5\n\tmv %1, a4\n\t"
                     "c.slli a5, 63\n\tmv %2, a5"
                     : "=&r"(a), "=&r"(b), "=&r"(c) : : "a4", "a5");
    printf("%ld %ld %lx\n", a, b, (unsigned long)c);
    __asm__ volatile("li a5, 0x7fffffff\n\tc.addiw a5, 1\n\tmv %0, a5\n\t"
                     "c.addi4spn a5, sp, 1020\n\tsub %1, a5, sp\n\t"
                     "mv a4, sp\n\tc.addi16sp sp, -512\n\tsub %2, a4, sp\n\tc.addi16sp sp, 496\n\t"
                     "c.addi16sp sp, 16"
                     : "=&r"(a), "=&r"(b), "=&r"(c) : : "a4", "a5");
    printf("%ld %ld %ld\n", a, b, c);
    __asm__ volatile("li a5, 0\n\tli a4, 3\n1: c.addi a5, 7\n\tc.addi a4, -1\n\tc.bnez a4, 1b\n\t"
                     "c.beqz a4, 2f\n\tli a5, 0\n2: mv %0, a5"
                     : "=&r"(a) : : "a4", "a5");
    printf("%ld\n", a);
    double loaded;
    __asm__ volatile("mv a5, %1\n\tc.fld fa5, 8(a5)\n\tfmv.d %0, fa5"
                     : "=f"(loaded) : "r"(memory) : "a5", "fa5", "memory");
    printf("%016llx\n", (unsigned long long)bits_of_double(loaded));
}

static void show_addresses(void)
{
    long a, b;
    __asm__ volatile("auipc %0, 0\n\tauipc %1, 0x80000" : "=r"(a), "=r"(b));
    printf("auipc %lx\n", (unsigned long)(b - a - 4));
    __asm__ volatile("lui %0, 0x80000\n\taddiw %1, %0, -1" : "=&r"(a), "=r"(b));
    printf("lui %lx, addiw %lx\n", (unsigned long)a, (unsigned long)b);
    // The lowest bit of a jalr target is ignored; the link may be the base.
    __asm__ volatile("la t0, 1f\n\taddi t0, t0, 1\n\tjalr t0, 0(t0)\n2: j 3f\n1: la t1, 2b\n\t"
                     "sub %0, t0, t1\n\tjr t0\n3:"
                     : "=&r"(a) : : "t0", "t1");
    printf("link differs by %ld\n", a);
    __asm__ volatile("fence\n\tfence rw, w\n\tfence.tso\n\tfence.i" ::: "memory");
    __asm__ volatile("li %0, 9\n\taddi zero, %0, 5\n\tmv %0, zero" : "=r"(a));
    printf("zero stays %ld\n", a);
    // Hints must do nothing.
    __asm__ volatile("li %0, 4\n\tslti zero, %0, 1\n\tlui zero, 5\n\t.word 0x0100000f" : "=r"(a));
    printf("hints leave %ld\n", a);
}

int main(void)
{
    show_amo();
    show_reservations();
    show_control_registers();
    show_time();
    show_compressed();
    show_addresses();
    return 0;
}
