#include "scraper/serve/demo_text.h"

#include <fmt/format.h>

#include <array>

namespace scraper::serve {

namespace {

using Words = std::array<std::string_view, 8>;

// A sentence is "SUBJECT VERB OBJECT PLACE", which is good grammar in four of the languages; in
// Japanese the verb comes last.
struct Vocabulary {
  std::string_view lang;
  Words subjects, verbs, objects, places, titles;
};

constexpr std::array<Vocabulary, 5> kVocabularies = {{
    {"en",
     {"The night ferry", "A retired engineer", "The town library", "Our neighbour's cat",
      "The early train", "A patient gardener", "The old lighthouse", "A travelling choir"},
     {"carries", "describes", "has found", "quietly repairs", "will soon replace", "measures",
      "remembers", "has drawn"},
     {"a map of the harbour", "three hundred letters", "the first steam engine",
      "a basket of pears", "the river's highest mark", "a clock without hands",
      "the recipe for rye bread", "a list of all bridges"},
     {"near the market square", "before the first snow", "at the café “Zur Brücke”",
      "on the northern line", "for the price of 5 €", "in the valley of the Æ",
      "while the tide is out", "between Málaga and Łódź"},
     {"Ferry", "Harvest", "Clockwork", "Harbour", "Winter market", "Bridges", "Lighthouse",
      "Rye bread"}},
    {"de",
     {"Die Nachtfähre", "Ein pensionierter Ingenieur", "Die Stadtbücherei", "Nachbars Katze",
      "Der Frühzug", "Eine geduldige Gärtnerin", "Der alte Leuchtturm", "Ein reisender Chor"},
     {"trägt", "beschreibt", "entdeckt", "repariert", "ersetzt bald", "vermisst", "bewahrt",
      "zeichnet"},
     {"eine Karte des Hafens", "dreihundert Briefe", "die erste Dampfmaschine", "einen Korb Birnen",
      "den höchsten Pegel", "eine Uhr ohne Zeiger", "das Rezept für Roggenbrot",
      "eine Liste aller Brücken"},
     {"nahe dem Marktplatz", "vor dem ersten Schnee", "im Café an der Brücke",
      "auf der Nordstrecke", "für 5 €", "im Tal der Æ", "bei Ebbe", "zwischen Köln und Łódź"},
     {"Fähre", "Ernte", "Uhrwerk", "Häfen", "Wintermarkt", "Brücken", "Leuchtturm", "Roggenbrot"}},
    {"fr",
     {"Le bac de nuit", "Un ingénieur retraité", "La bibliothèque", "Le chat du voisin",
      "Le premier train", "Une jardinière patiente", "Le vieux phare", "Un chœur itinérant"},
     {"porte", "décrit", "découvre", "répare", "remplacera", "mesure", "conserve", "dessine"},
     {"une carte du port", "trois cents lettres", "la première machine à vapeur",
      "un panier de poires", "la plus haute crue", "une horloge sans aiguilles",
      "la recette du pain de seigle", "une liste des ponts"},
     {"près du marché", "avant la première neige", "au café du pont", "sur la ligne du nord",
      "pour 5 €", "dans la vallée", "à marée basse", "entre Málaga et Łódź"},
     {"Le bac", "La récolte", "L’horloge", "Le port", "Marché d’hiver", "Les ponts", "Le phare",
      "Pain de seigle"}},
    {"ru",
     {"Ночной паром", "Инженер на пенсии", "Городская библиотека", "Соседский кот",
      "Утренний поезд", "Терпеливый садовник", "Старый маяк", "Странствующий хор"},
     {"перевозит", "описывает", "находит", "чинит", "скоро заменит", "измеряет", "хранит",
      "рисует"},
     {"карту гавани", "триста писем", "первую паровую машину", "корзину груш", "отметку половодья",
      "часы без стрелок", "рецепт ржаного хлеба", "список всех мостов"},
     {"у рыночной площади", "до первого снега", "в кафе у моста", "на северной линии",
      "за пять рублей", "в долине", "во время отлива", "между Казанью и Пермью"},
     {"Паром", "Урожай", "Часовой механизм", "Гавань", "Зимний рынок", "Мосты", "Маяк",
      "Ржаной хлеб"}},
    {"ja",
     {"夜の渡し船は", "引退した技師は", "町の図書館は", "隣の猫は", "始発列車は", "辛抱強い庭師は",
      "古い灯台は", "旅の合唱団は"},
     {"運びます。", "記録します。", "見つけました。", "直しています。", "待っています。",
      "測ります。", "覚えています。", "描きました。"},
     {"港の地図を", "三百通の手紙を", "最初の蒸気機関を", "梨の籠を", "川の水位を",
      "針のない時計を", "黒パンの作り方を", "橋の一覧を"},
     {"市場の近くで", "初雪の前に", "橋のたもとの喫茶店で", "北の路線で", "五百円で", "谷間で",
      "干潮の間に", "東京と大阪の間で"},
     {"渡し船", "収穫", "時計仕掛け", "港", "冬の市", "橋", "灯台", "黒パン"}},
}};

const Vocabulary& vocabulary_of(Tongue tongue) {
  return kVocabularies[static_cast<std::size_t>(tongue)];
}

// A step of a linear congruential generator (Numerical Recipes); its upper bits choose.
std::size_t next(std::uint32_t& state) {
  state = state * 1'664'525u + 1'013'904'223u;
  return state >> 29;
}

std::string sentence(Tongue tongue, std::uint32_t& state) {
  const Vocabulary& words = vocabulary_of(tongue);
  const auto subject = words.subjects[next(state)];
  const auto verb = words.verbs[next(state)];
  const auto object = words.objects[next(state)];
  const auto place = words.places[next(state)];
  if (tongue == Tongue::kJapanese) return fmt::format("{}{}{}{}", subject, place, object, verb);
  return fmt::format("{} {} {} {}. ", subject, verb, object, place);
}

}  // namespace

std::string_view lang_of(Tongue tongue) { return vocabulary_of(tongue).lang; }

std::string demo_title(Tongue tongue, std::uint32_t number) {
  std::uint32_t state = number * 2'654'435'761u;
  const Words& titles = vocabulary_of(tongue).titles;
  const auto first = titles[next(state)];
  const auto second = titles[next(state)];
  return fmt::format("{} – {} ({})", first, second, number);
}

std::string demo_paragraph(Tongue tongue, std::uint32_t number, unsigned sentences) {
  std::uint32_t state = number * 2'246'822'519u + 1;
  std::string text;
  for (; sentences > 0; --sentences) text += sentence(tongue, state);
  return text;
}

std::string in_windows_1251(std::string_view utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x80) {
      out += utf8[i];
    } else if ((byte == 0xD0 || byte == 0xD1) && i + 1 < utf8.size()) {
      // U+0410 … U+044F lie at 0xC0 … 0xFF in the same order.
      const unsigned code = (byte & 0x1Fu) << 6 | (static_cast<unsigned char>(utf8[++i]) & 0x3Fu);
      if (code >= 0x410 && code <= 0x44F) out += static_cast<char>(code - 0x410 + 0xC0);
    }
  }
  return out;
}

}  // namespace scraper::serve
