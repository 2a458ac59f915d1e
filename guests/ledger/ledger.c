// ledger: a bookkeeping program with a large memory and a heartbeat. Money
// only moves between accounts, so the sum of all balances is constant; if a
// single write were lost or done twice, the end of the program would tell. The
// heartbeat tells what a person would notice: how often the program was so
// late that a whole period passed by.
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>

#include "../common/arguments.h"
#include "../common/clock.h"
#include "../common/mixing.h"
#include "../common/stop.h"

// One cache line per account. An account keeps its own record of what happened
// to it, so that balance == opening + received - spent can be checked per
// account and not only in the total.
struct account {
    int64_t opening, balance, received, spent;
    uint64_t credits, debits;
    uint64_t last_transaction;
    uint64_t history; // a running checksum of all amounts in order
};

struct heartbeat {
    uint64_t period; // nanoseconds
    uint64_t beats, missed;
    bool stop; // guarded by `lock`
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

// Waits for each deadline on the monotonic clock. After a wake-up that came
// more than a period late, the deadlines passed by meanwhile count as missed.
static void *run_heartbeat(void *argument)
{
    struct heartbeat *heart = argument;
    uint64_t deadline = monotonic_now() + heart->period;
    pthread_mutex_lock(&heart->lock);
    while (!heart->stop) {
        struct timespec until = { .tv_sec = (time_t)(deadline / NANOSECONDS_PER_SECOND),
                                  .tv_nsec = (long)(deadline % NANOSECONDS_PER_SECOND) };
        // A condition instead of a sleep, so that the end need not be waited for.
        if (pthread_cond_timedwait(&heart->changed, &heart->lock, &until) != ETIMEDOUT)
            continue;
        uint64_t passed_by = (monotonic_now() - deadline) / heart->period;
        heart->beats++;
        heart->missed += passed_by;
        deadline += (passed_by + 1) * heart->period;
    }
    pthread_mutex_unlock(&heart->lock);
    return NULL;
}

static void transfer(struct account *accounts, uint64_t count, struct random_source *random,
                     uint64_t number)
{
    uint64_t first = next_below(random, count);
    uint64_t second = next_below(random, count - 1);
    second += second >= first; // never the same account twice
    int64_t amount = 1 + (int64_t)next_below(random, 1000);

    struct account *payer = &accounts[first], *payee = &accounts[second];
    payer->balance -= amount;
    payer->spent += amount;
    payer->debits++;
    payee->balance += amount;
    payee->received += amount;
    payee->credits++;
    payer->last_transaction = payee->last_transaction = number;
    payer->history = mix(payer->history - (uint64_t)amount);
    payee->history = mix(payee->history + (uint64_t)amount);
}

int main(int argc, char **argv)
{
    uint64_t bytes = UINT64_C(64) << 20, beat = 20, transactions = 1000000, rate = 0, seed = 1;
    struct argument options[] = {
        { "memory", ARGUMENT_SIZE, &bytes, 4096, UINT64_C(64) << 30, "SIZE",
          "memory of the accounts (64M)", false },
        { "heartbeat-ms", ARGUMENT_NUMBER, &beat, 1, 60000, "N",
          "period of the heartbeat (20)", false },
        { "transactions", ARGUMENT_NUMBER, &transactions, 0, UINT64_MAX, "N",
          "transfers to make, 0 = until a signal (1000000)", false },
        { "rate", ARGUMENT_NUMBER, &rate, 0, 1000000000, "N",
          "transfers per second, 0 = flat out (0)", false },
        { "seed", ARGUMENT_NUMBER, &seed, 0, UINT64_MAX, "N", "start of the generator (1)",
          false },
    };
    struct argument_list list = { "ledger", "Moves money between accounts and checks the books.",
                                  options, sizeof options / sizeof options[0] };
    parse_arguments(&list, argc, argv);
    stop_on_signals();

    uint64_t count = bytes / sizeof(struct account);
    struct account *accounts = mmap(NULL, count * sizeof *accounts, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (accounts == MAP_FAILED)
        system_failure("mmap");
    struct random_source random = { mix(seed) };
    int64_t opening_sum = 0;
    for (uint64_t i = 0; i < count; i++) {
        accounts[i].opening = accounts[i].balance = (int64_t)next_below(&random, 100000);
        opening_sum += accounts[i].opening;
    }

    struct heartbeat heart = { .period = beat * NANOSECONDS_PER_MILLISECOND,
                               .lock = PTHREAD_MUTEX_INITIALIZER };
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&heart.changed, &attributes);
    pthread_t heart_thread;
    errno = pthread_create(&heart_thread, NULL, run_heartbeat, &heart);
    if (errno != 0)
        system_failure("pthread_create");

    uint64_t start = monotonic_now(), done = 0;
    uint64_t batch = rate == 0 ? 1024 : rate < 100 ? 1 : rate / 100;
    while (transactions == 0 || done < transactions) {
        transfer(accounts, count, &random, ++done);
        if (done % batch != 0)
            continue;
        if (rate)
            sleep_until(due_time(start, done, rate));
        if (stop_requested())
            break;
    }

    pthread_mutex_lock(&heart.lock);
    heart.stop = true;
    pthread_cond_signal(&heart.changed);
    pthread_mutex_unlock(&heart.lock);
    pthread_join(heart_thread, NULL);

    int64_t sum = 0;
    uint64_t credits = 0, debits = 0, wrong = 0;
    for (uint64_t i = 0; i < count; i++) {
        const struct account *account = &accounts[i];
        sum += account->balance;
        credits += account->credits;
        debits += account->debits;
        wrong += account->balance != account->opening + account->received - account->spent;
    }
    bool sound = sum == opening_sum && credits == done && debits == done && wrong == 0;
    printf("accounts %llu, transactions %llu\n", (unsigned long long)count,
           (unsigned long long)done);
    printf("sum %lld, expected %lld, wrong accounts %llu\n", (long long)sum,
           (long long)opening_sum, (unsigned long long)wrong);
    printf("checksum %016llx\n",
           (unsigned long long)checksum_words(accounts, count * sizeof *accounts));
    printf("books %s\n", sound ? "balanced" : "NOT BALANCED");
    fprintf(stderr, "missed deadlines: %llu (heartbeats: %llu)\n",
            (unsigned long long)heart.missed, (unsigned long long)heart.beats);
    return sound ? EXIT_SUCCESS : EXIT_FAILURE;
}
