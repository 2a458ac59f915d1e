// Threads of the C++ library: futures, condition variables, latches, barriers,
// semaphores, stop tokens, waiting on atomics, thread-local objects.
#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <future>
#include <latch>
#include <mutex>
#include <numeric>
#include <semaphore>
#include <shared_mutex>
#include <stop_token>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

std::atomic<int> constructed, destroyed;

struct PerThread {
    int value = 0;
    PerThread() { ++constructed; }
    ~PerThread() { ++destroyed; }
};

thread_local PerThread own;

template <typename T>
class Channel {
public:
    void put(T value)
    {
        {
            std::lock_guard guard(lock_);
            items_.push_back(std::move(value));
        }
        ready_.notify_one();
    }
    T take()
    {
        std::unique_lock guard(lock_);
        ready_.wait(guard, [this] { return !items_.empty(); });
        T value = std::move(items_.front());
        items_.pop_front();
        return value;
    }

private:
    std::mutex lock_;
    std::condition_variable ready_;
    std::deque<T> items_;
};

long fibonacci(int n)
{
    if (n < 2)
        return n;
    if (n < 12)
        return fibonacci(n - 1) + fibonacci(n - 2);
    auto left = std::async(std::launch::async, fibonacci, n - 1);
    long right = fibonacci(n - 2);
    return left.get() + right;
}

} // namespace

int main()
{
    std::printf("fibonacci %ld\n", fibonacci(18));

    Channel<int> numbers;
    Channel<long> sums;
    std::vector<std::thread> workers;
    for (int i = 0; i < 6; ++i)
        workers.emplace_back([&] {
            long sum = 0;
            for (int number; (number = numbers.take()) >= 0;) {
                sum += number;
                ++own.value;
            }
            sums.put(sum);
        });
    for (int i = 0; i < 5000; ++i)
        numbers.put(i);
    for (int i = 0; i < 6; ++i)
        numbers.put(-1);
    long total = 0;
    for (int i = 0; i < 6; ++i)
        total += sums.take();
    for (auto &worker : workers)
        worker.join();
    std::printf("channel %ld, destroyed as constructed %d\n", total, constructed == destroyed);

    std::promise<std::string> promise;
    auto future = promise.get_future();
    std::jthread([&] { promise.set_value("promised"); }).join();
    std::printf("%s\n", future.get().c_str());
    std::promise<int> broken;
    auto never = broken.get_future();
    std::printf("not ready %d\n", never.wait_for(10ms) == std::future_status::timeout);
    { auto dropped = std::move(broken); }
    try {
        never.get();
    } catch (const std::future_error &error) {
        std::printf("broken %d\n", error.code() == std::future_errc::broken_promise);
    }
    std::packaged_task<int(int, int)> task([](int a, int b) { return a * b; });
    auto product = task.get_future();
    std::jthread(std::move(task), 6, 7).join();
    std::printf("task %d\n", product.get());

    std::latch started(4);
    std::barrier phases(4);
    std::vector<int> values(4), next(4);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&, i] {
                started.arrive_and_wait();
                auto me = static_cast<std::size_t>(i);
                for (int round = 0; round < 200; ++round) {
                    next[me] = (std::accumulate(values.begin(), values.end(), 0) + i) % 1009;
                    phases.arrive_and_wait();
                    values[me] = next[me];
                    phases.arrive_and_wait();
                }
            });
    }
    std::printf("barrier %d %d %d %d\n", values[0], values[1], values[2], values[3]);

    std::counting_semaphore<3> places(3);
    std::atomic<int> inside{ 0 }, most{ 0 }, passed{ 0 };
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] {
                for (int k = 0; k < 50; ++k) {
                    places.acquire();
                    int now = ++inside, seen = most;
                    while (now > seen && !most.compare_exchange_weak(seen, now))
                        ;
                    --inside;
                    ++passed;
                    places.release();
                }
            });
    }
    std::printf("semaphore %d, at most three %d\n", passed.load(), most <= 3);

    std::shared_mutex shared;
    long protected_value = 0, wrong = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 6; ++i)
            threads.emplace_back([&, i] {
                for (int k = 0; k < 500; ++k)
                    if (i < 2) {
                        std::unique_lock guard(shared);
                        ++protected_value;
                        std::this_thread::yield();
                        ++protected_value;
                    } else {
                        std::shared_lock guard(shared);
                        if (protected_value % 2 != 0)
                            std::atomic_ref(wrong)++;
                    }
            });
    }
    std::printf("shared mutex %ld, wrong %ld\n", protected_value, wrong);

    std::atomic<int> turn{ 0 };
    {
        auto play = [&](int me) {
            for (int i = 0; i < 500; ++i) {
                int expected = 2 * i + me;
                for (int seen; (seen = turn.load()) != expected;)
                    turn.wait(seen);
                turn = expected + 1;
                turn.notify_all();
            }
        };
        std::jthread ping(play, 0), pong(play, 1);
    }
    std::printf("atomic wait %d\n", turn.load());

    int loops = 0;
    bool stopped = false;
    std::condition_variable_any wake;
    std::mutex lock;
    {
        std::jthread runner([&](std::stop_token token) {
            std::unique_lock guard(lock);
            while (!wake.wait(guard, token, [] { return false; }) && !token.stop_requested())
                ++loops;
            stopped = true;
        });
        std::this_thread::sleep_for(20ms);
    }
    std::printf("stopped %d after %d loops\n", stopped, loops);

    std::once_flag once;
    int calls = 0, failures = 0;
    for (int i = 0; i < 4; ++i)
        try {
            std::call_once(once, [&] {
                if (++calls < 3)
                    throw calls;
            });
        } catch (int) {
            ++failures;
        }
    std::printf("call_once %d, failures %d\n", calls, failures);

    std::timed_mutex timed;
    timed.lock();
    bool got = true;
    auto before = std::chrono::steady_clock::now();
    std::jthread([&] { got = timed.try_lock_for(30ms); }).join();
    std::printf("timed lock %d, waited %d\n", got,
                std::chrono::steady_clock::now() - before >= 30ms);
    timed.unlock();
    std::mutex a, b;
    std::atomic<int> both{ 0 };
    {
        std::jthread one([&] {
            for (int i = 0; i < 1000; ++i) {
                std::scoped_lock guard(a, b);
                ++both;
            }
        });
        std::jthread two([&] {
            for (int i = 0; i < 1000; ++i) {
                std::scoped_lock guard(b, a);
                ++both;
            }
        });
    }
    std::printf("no deadlock %d\n", both.load());
}
