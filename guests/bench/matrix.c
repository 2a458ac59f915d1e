// Double-precision matrix products. The values are small integers, so that
// every result is exact whether products are fused into the sums or not.
#include "bench.h"

enum { N = 96 };

static double a[N][N], b[N][N], c[N][N];

int main(int argc, char **argv)
{
    uint64_t rounds = bench_scale(argc, argv) / 8 + 1;
    double trace = 0;
    for (uint64_t round = 0; round < rounds; round++) {
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                a[i][j] = (double)((i * 7 + j + (int)round) % 31);
                b[i][j] = (double)((i + j * 5) % 29);
            }
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                double sum = 0;
                for (int k = 0; k < N; k++)
                    sum += a[i][k] * b[k][j];
                c[i][j] = sum;
            }
        for (int i = 0; i < N; i++)
            trace += c[i][i] / 4.0;
    }
    printf("matrix %.2f\n", trace);
    return 0;
}
