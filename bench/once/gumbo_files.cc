// The floor that the crawl's parse throughput is measured against: as many bare processes as
// workers, each parsing its share of a folder's HTML files with gumbo (max_errors 0, default
// allocator) and counting its links. No network, no archive, no results.
//
//   gumbo_files FOLDER PROCESSES     prints {"files": …, "bytes": …, "links": …, "seconds": …,
//   "cpu_seconds": …}
#include <gumbo.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

std::size_t count_links(const GumboNode* root) {
  std::size_t links = 0;
  std::vector<const GumboNode*> open{root};
  while (!open.empty()) {
    const GumboNode* node = open.back();
    open.pop_back();
    if (node->type != GUMBO_NODE_ELEMENT) continue;
    const bool is_anchor =
        node->v.element.tag == GUMBO_TAG_A || node->v.element.tag == GUMBO_TAG_AREA;
    if (is_anchor && gumbo_get_attribute(&node->v.element.attributes, "href") != nullptr) ++links;
    const GumboVector& children = node->v.element.children;
    for (unsigned i = 0; i < children.length; ++i)
      open.push_back(static_cast<const GumboNode*>(children.data[i]));
  }
  return links;
}

std::vector<std::string> html_files(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".html")
      files.push_back(entry.path());
  }
  return files;
}

// One process: every `step`th file from `first`.
int parse_share(const std::string& folder, std::size_t first, std::size_t step) {
  GumboOptions options = kGumboDefaultOptions;
  options.max_errors = 0;
  std::size_t files = 0;
  std::size_t bytes = 0;
  std::size_t links = 0;
  const auto all = html_files(folder);
  for (std::size_t i = first; i < all.size(); i += step) {
    std::ifstream file(all[i], std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    GumboOutput* output = gumbo_parse_with_options(&options, text.data(), text.size());
    links += count_links(output->root);
    gumbo_destroy_output(&options, output);
    ++files;
    bytes += text.size();
  }
  std::printf("%zu %zu %zu\n", files, bytes, links);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4)
    return parse_share(argv[1], std::strtoul(argv[2], nullptr, 10),
                       std::strtoul(argv[3], nullptr, 10));
  if (argc != 3) {
    std::fprintf(stderr, "usage: gumbo_files FOLDER PROCESSES\n");
    return 2;
  }
  const auto begun = std::chrono::steady_clock::now();
  const std::size_t processes = std::strtoul(argv[2], nullptr, 10);
  std::vector<std::FILE*> shares;
  for (std::size_t i = 0; i < processes; ++i) {
    const std::string command = "exec '" + std::string(argv[0]) + "' '" + argv[1] + "' " +
                                std::to_string(i) + " " + argv[2];
    shares.push_back(popen(command.c_str(), "r"));
  }
  std::size_t files = 0;
  std::size_t bytes = 0;
  std::size_t links = 0;
  for (std::FILE* share : shares) {
    std::size_t f = 0;
    std::size_t b = 0;
    std::size_t l = 0;
    if (share == nullptr || std::fscanf(share, "%zu %zu %zu", &f, &b, &l) != 3 ||
        pclose(share) != 0)
      return 1;
    files += f;
    bytes += b;
    links += l;
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  std::printf(
      "{\"files\": %zu, \"bytes\": %zu, \"links\": %zu, \"seconds\": %.3f, \"cpu_seconds\": "
      "%.3f}\n",
      files, bytes, links, seconds, of(usage.ru_utime) + of(usage.ru_stime));
}
