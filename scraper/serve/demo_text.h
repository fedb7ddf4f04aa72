// Prose for the demo site: sentences in five languages put together from a few parts by a number,
// so that a thousand pages read differently and are yet the same on every machine. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace scraper::serve {

enum class Tongue { kEnglish, kGerman, kFrench, kRussian, kJapanese };

std::string_view lang_of(Tongue tongue);  // "en", for <html lang>

// A title of two to four words. The same number gives the same title.
std::string demo_title(Tongue tongue, std::uint32_t number);

// `sentences` sentences, UTF-8.
std::string demo_paragraph(Tongue tongue, std::uint32_t number, unsigned sentences);

// Russian text in windows-1251; what that has no place for is left out.
std::string in_windows_1251(std::string_view utf8);

}  // namespace scraper::serve
