// Many threads that allocate, resize, hand over and free memory of all sizes,
// checking that no block ever loses its content.
#include <malloc.h>
#include <pthread.h>

#include "../common/show.h"

enum { THREADS = 16, SLOTS = 64, STEPS = 4000 };

struct block {
    unsigned char *bytes;
    size_t size;
    unsigned char fill;
};

// Blocks on their way from one thread to another.
static struct block exchange[SLOTS];
static pthread_mutex_t exchange_lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t broken(const struct block *block)
{
    for (size_t i = 0; i < block->size; i++)
        if (block->bytes[i] != block->fill)
            return 1;
    return 0;
}

static size_t some_size(uint64_t random)
{
    switch (random % 10) {
    case 0:
        return random / 16 % 300000; // beyond the mmap threshold too
    case 1:
    case 2:
        return random / 16 % 5000;
    default:
        return random / 16 % 200;
    }
}

static void *work(void *argument)
{
    uint64_t state = (uint64_t)(uintptr_t)argument, damage = 0;
    struct block own[SLOTS] = { 0 };
    for (int step = 0; step < STEPS; step++) {
        uint64_t random = scramble(&state);
        struct block *block = &own[random % SLOTS];
        damage += broken(block);
        size_t size = some_size(random >> 8);
        size_t kept = block->size < size ? block->size : size;
        switch (random >> 60) {
        case 0: { // swap with the exchange
            pthread_mutex_lock(&exchange_lock);
            struct block other = exchange[random % SLOTS];
            exchange[random % SLOTS] = *block;
            pthread_mutex_unlock(&exchange_lock);
            *block = other;
            continue;
        }
        case 1:
        case 2:
        case 3: {
            unsigned char *moved = realloc(block->bytes, size + 1);
            need(moved != NULL, "realloc");
            for (size_t i = 0; i < kept; i++)
                damage += moved[i] != block->fill;
            block->bytes = moved;
            break;
        }
        case 4: {
            free(block->bytes);
            size_t alignment = (size_t)16 << (random >> 40) % 9;
            need(posix_memalign((void **)&block->bytes, alignment, size + 1) == 0, "memalign");
            damage += (uintptr_t)block->bytes % alignment != 0;
            break;
        }
        case 5: {
            free(block->bytes);
            block->bytes = calloc(size + 1, 1);
            need(block->bytes != NULL, "calloc");
            for (size_t i = 0; i < size; i++)
                damage += block->bytes[i] != 0;
            break;
        }
        default:
            free(block->bytes);
            block->bytes = malloc(size + 1);
            need(block->bytes != NULL, "malloc");
        }
        block->size = size;
        block->fill = (unsigned char)(random >> 16);
        memset(block->bytes, block->fill, size);
        damage += malloc_usable_size(block->bytes) < size;
    }
    for (int i = 0; i < SLOTS; i++) {
        damage += broken(&own[i]);
        free(own[i].bytes);
    }
    return (void *)(uintptr_t)damage;
}

int main(void)
{
    pthread_t threads[THREADS];
    uintptr_t damage = 0;
    for (uintptr_t i = 0; i < THREADS; i++)
        need(pthread_create(&threads[i], NULL, work, (void *)(i + 1)) == 0, "pthread_create");
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        damage += (uintptr_t)result;
    }
    for (int i = 0; i < SLOTS; i++) {
        damage += broken(&exchange[i]);
        free(exchange[i].bytes);
    }
    printf("damaged blocks %lu\n", (unsigned long)damage);

    errno = 0;
    volatile size_t absurd = SIZE_MAX / 2;
    void *none = malloc(absurd);
    show_truth("absurd size refused", none == NULL && errno == ENOMEM);
    free(none);
    void *zero = malloc(0);
    show_truth("zero size has an address", zero != NULL);
    free(zero);
    void *large = malloc((size_t)256 << 20);
    show_truth("256 MiB that are not touched", large != NULL);
    free(large);
    show_truth("trimmed or nothing to trim", malloc_trim(0) >= 0);
    return 0;
}
