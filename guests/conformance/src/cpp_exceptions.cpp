// C++ exceptions: through many frames, destructors, rethrowing, nesting, in
// threads, out of constructors, by type and hierarchy.
#include <cstdio>
#include <exception>
#include <future>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <typeinfo>
#include <vector>

namespace {

int alive = 0;

struct Tracked {
    Tracked() { ++alive; }
    Tracked(const Tracked &) { ++alive; }
    ~Tracked() { --alive; }
};

struct Base {
    virtual ~Base() = default;
    virtual const char *name() const { return "base"; }
};
struct Left : virtual Base {
    int left = 1;
};
struct Right : virtual Base {
    int right = 2;
};
struct Derived : Left, Right {
    const char *name() const override { return "derived"; }
};

[[gnu::noinline]] int dive(int depth, double carried)
{
    Tracked tracked;
    std::string text(static_cast<std::size_t>(depth % 50), 'x');
    if (depth == 0)
        throw std::runtime_error("bottom " + std::to_string(carried));
    return dive(depth - 1, carried * 1.001) + static_cast<int>(text.size());
}

struct HalfBuilt {
    Tracked first;
    std::unique_ptr<Tracked> second = std::make_unique<Tracked>();
    std::vector<Tracked> third = std::vector<Tracked>(5);
    explicit HalfBuilt(bool fail)
    {
        if (fail)
            throw 42;
    }
};

void describe(const std::exception &error, int level = 0)
{
    std::printf("%*s%s\n", level * 2, "", error.what());
    try {
        std::rethrow_if_nested(error);
    } catch (const std::exception &inner) {
        describe(inner, level + 1);
    }
}

void nest(int level)
{
    try {
        if (level == 0)
            throw std::out_of_range("innermost");
        nest(level - 1);
    } catch (...) {
        std::throw_with_nested(std::logic_error("level " + std::to_string(level)));
    }
}

struct Unwinder {
    ~Unwinder()
    {
        std::printf("unwinding %d\n", std::uncaught_exceptions());
        try {
            throw 1;
        } catch (int) {
            std::printf("inner exception handled while unwinding\n");
        }
    }
};

int function_try(int value)
try {
    if (value > 1)
        throw value;
    return value;
} catch (int caught) {
    return -caught;
}

[[gnu::noinline]] void throw_on(bool wanted)
{
    if (wanted)
        throw 1;
}

} // namespace

int main()
{
    try {
        dive(2000, 1.5);
    } catch (const std::exception &error) {
        std::printf("caught %s, alive %d\n", error.what(), alive);
    }
    try {
        throw Derived();
    } catch (const Base &caught) {
        std::printf("as base: %s, %d\n", caught.name(),
                    dynamic_cast<const Right &>(caught).right);
    }
    try {
        HalfBuilt broken(true);
    } catch (int number) {
        std::printf("constructor threw %d, alive %d\n", number, alive);
    }
    try {
        nest(3);
    } catch (const std::exception &error) {
        describe(error);
    }
    try {
        Unwinder unwinder;
        throw "text";
    } catch (const char *text) {
        std::printf("caught %s\n", text);
    }
    try {
        try {
            throw std::invalid_argument("first");
        } catch (std::exception &) {
            throw; // keeps its true type
        }
    } catch (const std::invalid_argument &error) {
        std::printf("rethrown %s\n", error.what());
    }
    std::printf("function try %d %d\n", function_try(1), function_try(5));

    int total = 0;
    for (int i = 0; i < 20000; ++i) {
        try {
            if (i % 3 == 0)
                throw i;
            if (i % 3 == 1)
                throw static_cast<long>(i);
            throw std::string(1, static_cast<char>('a' + i % 26));
        } catch (int) {
            total += 1;
        } catch (long) {
            total += 2;
        } catch (const std::string &text) {
            total += text[0] - 'a';
        }
    }
    std::printf("many %d\n", total);

    std::vector<std::thread> threads;
    std::vector<int> caught(8);
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([t, &caught] {
            for (int i = 0; i < 300; ++i) {
                try {
                    dive(20 + t, 1.0);
                } catch (const std::runtime_error &) {
                    ++caught[static_cast<std::size_t>(t)];
                }
            }
        });
    int sum = 0;
    for (auto &thread : threads)
        thread.join();
    for (int count : caught)
        sum += count;
    std::printf("in threads %d\n", sum);

    auto failing = std::async(std::launch::async, [] { return std::vector<int>().at(3); });
    try {
        failing.get();
    } catch (const std::out_of_range &) {
        std::printf("out of range from another thread\n");
    }
    std::exception_ptr kept;
    try {
        throw std::domain_error("kept");
    } catch (...) {
        kept = std::current_exception();
    }
    try {
        std::rethrow_exception(kept);
    } catch (const std::domain_error &error) {
        std::printf("%s\n", error.what());
    }
    try {
        volatile std::size_t absurd = SIZE_MAX / 2;
        ::operator delete(::operator new(absurd));
    } catch (const std::bad_alloc &error) {
        std::printf("%s\n", error.what());
    }
    try {
        Base base;
        const Base &reference = base;
        (void)dynamic_cast<const Left &>(reference);
    } catch (const std::bad_cast &error) {
        std::printf("%s\n", error.what());
    }
    std::set_terminate([] {
        std::printf("terminated\n");
        std::fflush(stdout);
        std::_Exit(21);
    });
    [] () noexcept { throw_on(true); }();
}
