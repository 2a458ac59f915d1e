// Containers and algorithms of the C++ library.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <forward_list>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <queue>
#include <random>
#include <ranges>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <valarray>
#include <vector>

static std::uint64_t sum;

static void digest(std::uint64_t value)
{
    sum = (sum ^ value) * 0x100000001B3u;
    sum ^= sum >> 32;
}

static void show(const char *what)
{
    std::printf("%s %016llx\n", what, static_cast<unsigned long long>(sum));
    sum = 0;
}

int main()
{
    std::mt19937_64 random(12345);
    std::unordered_map<std::string, long> words;
    for (int i = 0; i < 20000; ++i)
        words["word" + std::to_string(random() % 3000)] += i;
    std::vector<std::pair<std::string, long>> sorted(words.begin(), words.end());
    std::sort(sorted.begin(), sorted.end());
    for (const auto &[word, count] : sorted) {
        digest(static_cast<std::uint64_t>(count));
        digest(word.size());
    }
    std::printf("%zu words\n", words.size());
    for (int i = 0; i < 3000; i += 2)
        words.erase("word" + std::to_string(i));
    std::printf("%zu left, contains %d\n", words.size(), words.contains("word1"));
    show("unordered_map");

    std::map<int, std::vector<int>> tree;
    for (int i = 0; i < 10000; ++i)
        tree[static_cast<int>(random() % 777)].push_back(i);
    for (auto position = tree.begin(); position != tree.end();)
        position = position->first % 3 == 0 ? tree.erase(position) : std::next(position);
    for (const auto &[key, list] : tree)
        digest(static_cast<std::uint64_t>(key) * list.size() +
               static_cast<std::uint64_t>(list.back()));
    show("map");

    std::set<std::string, std::greater<>> set;
    std::multiset<int> many;
    for (int i = 0; i < 2000; ++i) {
        set.insert(std::to_string(random() % 5000));
        many.insert(static_cast<int>(random() % 50));
    }
    for (const auto &text : set)
        digest(std::stoul(text));
    digest(many.count(7));
    digest(static_cast<std::uint64_t>(std::distance(many.lower_bound(10), many.upper_bound(20))));
    show("set");

    std::vector<double> numbers(5000);
    std::normal_distribution<double> normal(10, 3);
    for (auto &number : numbers)
        number = static_cast<double>(random() >> 11) * 0x1p-53;
    std::stable_sort(numbers.begin(), numbers.end(), std::greater<>());
    std::nth_element(numbers.begin(), numbers.begin() + 2500, numbers.end());
    std::printf("median %a\n", numbers[2500]);
    std::vector<int> shuffled(1000);
    std::iota(shuffled.begin(), shuffled.end(), 0);
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    for (int value : shuffled)
        digest(static_cast<std::uint64_t>(value));
    std::make_heap(shuffled.begin(), shuffled.end());
    std::pop_heap(shuffled.begin(), shuffled.end());
    digest(static_cast<std::uint64_t>(shuffled.back()));
    std::sort_heap(shuffled.begin(), shuffled.end() - 1);
    digest(std::is_sorted(shuffled.begin(), shuffled.end()));
    std::partition(shuffled.begin(), shuffled.end(), [](int v) { return v % 2 == 0; });
    digest(static_cast<std::uint64_t>(
        std::count_if(shuffled.begin(), shuffled.begin() + 500, [](int v) { return v % 2; })));
    std::vector<int> small{ 3, 1, 2 };
    int permutations = 0;
    std::sort(small.begin(), small.end());
    do
        ++permutations;
    while (std::next_permutation(small.begin(), small.end()));
    digest(static_cast<std::uint64_t>(permutations));
    show("algorithms");

    std::priority_queue<std::pair<int, int>> queue;
    std::deque<int> deque;
    std::list<int> list;
    std::forward_list<int> forward;
    for (int i = 0; i < 1000; ++i) {
        queue.emplace(static_cast<int>(random() % 100), i);
        i % 2 ? deque.push_back(i) : deque.push_front(i);
        list.push_back(static_cast<int>(random() % 1000));
        forward.push_front(i);
    }
    list.sort();
    list.unique();
    forward.remove_if([](int v) { return v % 3 == 0; });
    for (; !queue.empty(); queue.pop())
        digest(static_cast<std::uint64_t>(queue.top().first * 1000 + queue.top().second));
    for (int value : deque)
        digest(static_cast<std::uint64_t>(value));
    for (int value : list)
        digest(static_cast<std::uint64_t>(value));
    for (int value : forward)
        digest(static_cast<std::uint64_t>(value));
    show("sequences");

    auto even = [](int v) { return v % 2 == 0; };
    auto square = [](int v) { return v * v; };
    auto even_squares = std::views::iota(1, 100) | std::views::filter(even) |
                        std::views::transform(square) | std::views::take(10);
    for (int value : even_squares)
        std::printf("%d ", value);
    std::printf("\n");
    std::string text = "The year 2024, the month 02 and the day 29";
    std::regex expression("([0-9]+)");
    std::sregex_iterator match(text.begin(), text.end(), expression), none;
    for (; match != none; ++match)
        std::printf("%s at %ld, ", (*match)[1].str().c_str(), static_cast<long>(match->position()));
    std::printf("%s\n", std::regex_replace(text, std::regex("the (\\w+)"), "<$1>").c_str());

    std::string built;
    for (int i = 0; i < 2000; ++i)
        built.insert(built.size() / 2, 1, static_cast<char>('a' + i % 26));
    std::string_view view(built);
    digest(std::hash<std::string_view>()(view.substr(100, 50)));
    digest(view.find("mnb"));
    digest(view.rfind('q'));
    for (char c : built)
        digest(static_cast<unsigned char>(c));
    show("strings");

    std::array<char, 64> characters{};
    for (double value : { 0.1, 1e23, 5e-324, 123456.789, -0.0 }) {
        auto end = std::to_chars(characters.data(), characters.data() + 64, value);
        double back = 0;
        std::from_chars(characters.data(), end.ptr, back);
        std::printf("%.*s %d, ", static_cast<int>(end.ptr - characters.data()), characters.data(),
                    back == value);
    }
    std::valarray<double> a{ 1, 2, 3, 4 }, b{ 4, 3, 2, 1 };
    std::printf("%g %g\n", (a * b).sum(), std::inner_product(begin(a), end(a), begin(b), 0.0));
    std::uniform_int_distribution<int> dice(1, 6);
    std::minstd_rand simple(7);
    int rolls = 0;
    for (int i = 0; i < 1000; ++i)
        rolls += dice(simple);
    std::printf("rolls %d, normal %a\n", rolls, normal(random));
    auto shared = std::make_shared<std::vector<int>>(3, 7);
    std::weak_ptr<std::vector<int>> weak = shared;
    std::printf("uses %ld", shared.use_count());
    shared.reset();
    std::printf(", expired %d\n", weak.expired());
}
