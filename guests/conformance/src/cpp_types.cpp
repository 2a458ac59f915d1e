// Run-time type information, virtual inheritance, templates, variants,
// coroutines, static and thread-local construction.
#include <any>
#include <chrono>
#include <compare>
#include <coroutine>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <typeindex>
#include <typeinfo>
#include <variant>
#include <vector>

namespace {

struct Announcer {
    const char *name;
    explicit Announcer(const char *text) : name(text) { std::printf("built %s\n", name); }
    ~Announcer() { std::printf("destroyed %s\n", name); }
};

Announcer first("first global"), second("second global");

struct Shape {
    virtual ~Shape() = default;
    virtual double area() const = 0;
};
struct Circle final : Shape {
    double radius;
    explicit Circle(double r) : radius(r) {}
    double area() const override { return 3.0 * radius * radius; }
};
struct Named {
    std::string name;
    explicit Named(std::string text) : name(std::move(text)) {}
    virtual ~Named() = default;
    virtual std::string describe() const { return "named " + name; }
};
struct Square : Shape, Named {
    double side;
    explicit Square(double s) : Named("square"), side(s) {}
    double area() const override { return side * side; }
    std::string describe() const override { return Named::describe() + "!"; }
};
struct Top {
    int value = 1;
    virtual ~Top() = default;
    virtual int who() const { return 1; }
};
struct LeftSide : virtual Top {
    int who() const override { return 10 + value; }
};
struct RightSide : virtual Top {
    int right = 5;
};
struct Bottom : LeftSide, RightSide {
    Bottom() { value = 7; }
};

struct Version {
    int major_number, minor_number;
    auto operator<=>(const Version &) const = default;
};

template <typename... T>
auto add_all(T... values)
{
    return (values + ...);
}

// A generator: a function that is left and entered again.
struct Generator {
    struct promise_type {
        long current = 0;
        Generator get_return_object()
        {
            return Generator(std::coroutine_handle<promise_type>::from_promise(*this));
        }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        std::suspend_always yield_value(long value) noexcept
        {
            current = value;
            return {};
        }
        void return_void() {}
        void unhandled_exception() { throw; }
    };
    explicit Generator(std::coroutine_handle<promise_type> h) : handle(h) {}
    Generator(const Generator &) = delete;
    ~Generator() { handle.destroy(); }
    bool next()
    {
        handle.resume();
        return !handle.done();
    }
    std::coroutine_handle<promise_type> handle;
};

Generator fibonacci(int count)
{
    long a = 0, b = 1;
    for (int i = 0; i < count; ++i) {
        co_yield a;
        long c = a + b;
        a = b;
        b = c;
    }
}

int &counted()
{
    static Announcer once("function local");
    static int calls = 0;
    return ++calls, calls;
}

} // namespace

int main()
{
    std::vector<std::unique_ptr<Shape>> shapes;
    shapes.push_back(std::make_unique<Circle>(2));
    shapes.push_back(std::make_unique<Square>(3));
    for (const auto &shape : shapes) {
        const auto &object = *shape;
        auto *named = dynamic_cast<Named *>(shape.get()); // across the hierarchy
        std::printf("area %g, circle %d, %s\n", shape->area(), typeid(object) == typeid(Circle),
                    named ? named->describe().c_str() : "not named");
    }
    Bottom bottom;
    Top *top = &bottom;
    std::printf("virtual base %d %d %d\n", top->who(), dynamic_cast<RightSide *>(top)->right,
                static_cast<void *>(dynamic_cast<Bottom *>(top)) == static_cast<void *>(&bottom));
    std::printf("%s %d\n", typeid(int).name(), std::type_index(typeid(long)) == typeid(long));
    int (Top::*member)() const = &Top::who;
    int Top::*data = &Top::value;
    std::printf("by pointer %d %d\n", (bottom.*member)(), bottom.*data);

    std::vector<std::variant<int, double, std::string>> values{ 1, 2.5, "three" };
    for (const auto &value : values)
        std::visit(
            [](const auto &held) {
                if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::string>)
                    std::printf("string %s\n", held.c_str());
                else
                    std::printf("number %g\n", static_cast<double>(held));
            },
            value);
    try {
        (void)std::get<int>(values[2]);
    } catch (const std::bad_variant_access &error) {
        std::printf("%s\n", error.what());
    }
    std::any anything = std::string("anything");
    std::printf("%s %d\n", std::any_cast<std::string>(anything).c_str(),
                std::any_cast<int>(&anything) == nullptr);
    std::optional<int> nothing, something = 5;
    std::printf("%d %d\n", nothing.value_or(-1), *something);
    auto [number, text] = std::tuple{ 3, "tuple" };
    std::printf("%d %s %d %s\n", number, text, add_all(1, 2, 3),
                add_all(std::string("a"), "b").c_str());
    std::printf("%d %d\n", Version{ 1, 2 } < Version{ 1, 3 }, Version{ 2, 0 } <= Version{ 1, 9 });

    std::function<int(int)> factorial = [&](int n) { return n < 2 ? 1 : n * factorial(n - 1); };
    auto bound = std::bind(std::minus<>(), std::placeholders::_2, std::placeholders::_1);
    std::printf("%d %d\n", factorial(10), bound(3, 10));
    auto generator = fibonacci(50);
    long last = 0;
    while (generator.next())
        last = generator.handle.promise().current;
    std::printf("generator %ld\n", last);
    counted();
    std::printf("calls %d\n", counted());
    using namespace std::chrono;
    auto duration = duration_cast<milliseconds>(90min + 5s);
    auto february = sys_days{ 2024y / March / 1 } - sys_days{ 2024y / February / 1 };
    year_month_day later{ sys_days{ 2023y / December / 31 } + days{ 60 } };
    std::printf("%lld %d\n", static_cast<long long>(duration.count()),
                static_cast<int>(february.count()));
    std::printf("%u\n", static_cast<unsigned>(later.day()));
}
