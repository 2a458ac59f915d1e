// iostream, stringstream, formatting and files in C++.
#include <bitset>
#include <complex>
#include <cstdio>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

struct Point {
    int x, y;
};

static std::ostream &operator<<(std::ostream &out, const Point &point)
{
    return out << '(' << point.x << ", " << point.y << ')';
}

static std::istream &operator>>(std::istream &in, Point &point)
{
    char open, comma, close;
    return in >> open >> point.x >> comma >> point.y >> close;
}

int main()
{
    std::cout << "numbers " << 42 << ' ' << -7L << ' ' << 3.14159265 << ' ' << 1e100 << ' ' << true
              << ' ' << 'c' << ' ' << 2.5f << ' ' << 1.0L / 3 << '\n';
    std::cout << std::hex << std::showbase << 255 << ' ' << std::oct << 8 << std::dec << ' '
              << std::setw(8) << std::setfill('*') << 42 << ' ' << std::left << std::setw(6) << -1
              << std::internal << std::setw(8) << -5 << std::noshowbase << std::setfill(' ')
              << '\n';
    std::cout << std::right << std::fixed << std::setprecision(3) << 2.0 / 3 << ' '
              << std::scientific << 12345.678 << ' ' << std::hexfloat << 0.1 << std::defaultfloat
              << ' ' << std::setprecision(17) << 0.1 << ' ' << std::boolalpha << false << ' '
              << std::showpos << 5 << std::noshowpos << ' ' << std::uppercase << 1e-10
              << std::nouppercase << std::setprecision(6) << '\n';
    std::cout << Point{ 3, -4 } << ' ' << std::bitset<12>(0xABC) << ' '
              << std::complex<double>(1.5, -2) << ' ' << std::quoted("a \"quoted\" text") << '\n';

    std::istringstream input("12 0x1f 3.75 word (5,6) 077 bad 9");
    int number, hexadecimal;
    double real;
    std::string word;
    Point point{};
    input >> number >> std::hex >> hexadecimal >> std::dec >> real >> word >> point;
    std::cout << number << ' ' << hexadecimal << ' ' << real << ' ' << word << ' ' << point << '\n';
    input >> number;
    std::cout << number << ' ';
    input >> number;
    std::cout << input.fail() << ' ' << number << ' ';
    input.clear();
    input >> word >> number;
    std::cout << word << ' ' << number << ' ' << input.eof() << '\n';

    {
        std::ofstream file("streams.test");
        for (int i = 0; i < 3000; ++i)
            file << "line " << i << ' ' << i / 7.0 << '\n';
    }
    std::ifstream file("streams.test");
    std::string line;
    std::size_t lines = 0, characters = 0;
    while (std::getline(file, line)) {
        ++lines;
        characters += line.size();
    }
    std::cout << lines << ' ' << characters << ' ' << line << '\n';
    file.clear();
    file.seekg(-20, std::ios::end);
    std::getline(file, line);
    std::getline(file, line);
    std::cout << line << ' ' << file.tellg() << '\n';
    file.close();
    std::fstream both("streams.test", std::ios::in | std::ios::out | std::ios::binary);
    both.seekp(5);
    both.write("CHANGED", 7);
    both.seekg(0);
    std::getline(both, line);
    std::cout << line << '\n';
    both.close();
    std::remove("streams.test");
    std::ifstream missing("missing.test");
    std::cout << missing.is_open() << ' ' << missing.good() << '\n';
    missing.exceptions(std::ios::badbit);
    try {
        missing.exceptions(std::ios::failbit);
    } catch (const std::ios::failure &) {
        std::cout << "failure thrown\n";
    }

    std::ostringstream out;
    for (int i = 0; i < 1000; ++i)
        out << i << (i % 10 == 9 ? "\n" : " ");
    std::cout << out.str().size() << ' ' << std::stoi("77") + std::stol("-7") << ' '
              << std::stod("1e3") << ' ' << std::to_string(2.5) << '\n';
    std::cout << std::numeric_limits<double>::max() << ' '
              << std::numeric_limits<float>::denorm_min() << ' '
              << std::numeric_limits<long>::min() << std::endl;
    std::wostringstream wide;
    wide << L"wide " << 5;
    std::wstring text = wide.str();
    std::cout << text.size() << ' ' << std::string(text.begin(), text.end()) << '\n';
    std::cerr << "to the error stream\n";
    std::string given;
    while (std::getline(std::cin, given))
        std::cout << "read '" << given << "'\n";
    return 5;
}
