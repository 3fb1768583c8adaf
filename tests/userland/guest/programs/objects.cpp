// SPDX-License-Identifier: MIT
// C++: exceptions across frames, containers, regular expressions, threads, streams.
#include <algorithm>
#include <atomic>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <vector>

struct Counter {
    static int alive;
    Counter()
    {
        alive++;
    }
    ~Counter()
    {
        alive--;
    }
};
int Counter::alive = 0;

static int dive(int depth)
{
    Counter counter;
    if (depth == 0) {
        throw std::out_of_range("bottom");
    }
    return dive(depth - 1) + 1;
}

static void exceptions()
{
    int caught = 0;
    for (int i = 0; i < 200; i++) {
        try {
            dive(i % 20);
        } catch (const std::logic_error &error) {
            caught += std::string(error.what()).size();
        }
    }
    std::cout << "caught " << caught << " alive " << Counter::alive << "\n";
}

static void containers()
{
    std::vector<int> v(20000);
    unsigned x = 1;
    for (auto &element : v) {
        element = static_cast<int>((x = x * 1664525 + 1013904223) >> 8);
    }
    std::sort(v.begin(), v.end());
    std::unordered_map<int, int> count;
    for (int element : v) {
        count[element % 1000]++;
    }
    std::map<int, int> ordered(count.begin(), count.end());
    long sum = std::accumulate(ordered.begin(), ordered.end(), 0L,
                               [](long s, auto &p) { return s * 31 % 1000003 + p.second; });
    std::cout << v.front() << " " << v[10000] << " " << v.back() << " " << ordered.size() << " "
              << sum << "\n";
}

static void text()
{
    std::regex word("([a-z]+)-([0-9]+)");
    std::string s = "alpha-1 beta-22 gamma-333";
    for (std::sregex_iterator it(s.begin(), s.end(), word), end; it != end; ++it) {
        std::cout << (*it)[2] << (*it)[1] << " ";
    }
    std::ostringstream stream;
    stream << std::setprecision(17) << 1.0 / 3 << " " << std::hexfloat << 2.5 / 2 << " " << std::hex
           << 48879;
    std::cout << stream.str() << "\n";
}

static void threads()
{
    std::atomic<long> sum{ 0 };
    std::vector<std::thread> pool;
    for (int i = 0; i < 4; i++) {
        pool.emplace_back([&sum, i] {
            for (int k = 0; k < 5000; k++) {
                sum += i;
            }
        });
    }
    for (auto &thread : pool) {
        thread.join();
    }
    std::cout << "sum " << sum << "\n";
}

int main()
{
    exceptions();
    containers();
    text();
    threads();
    return 0;
}
