// Threads that take the next piece until there is none; see parallel.h.
#include "support/parallel.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace deploytool {

void inParallel(size_t count, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next{0};
  const auto worker = [&] {
    for (size_t i = next++; i < count; i = next++) work(i);
  };
  constexpr unsigned kMostThreads = 16;
  const size_t threads = std::min<size_t>(std::clamp(std::thread::hardware_concurrency(), 1U, kMostThreads), count);
  std::vector<std::thread> others;
  try {
    for (size_t t = 1; t < threads; ++t) others.emplace_back(worker);
  } catch (const std::system_error&) {
    // No more threads to be had: those that run do all of it.
  }
  worker();
  for (auto& thread : others) thread.join();
}

}  // namespace deploytool
