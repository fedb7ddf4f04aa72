// scan(): what extract() (parse/extract.h) says of a document, read from its tokens alone, in one
// pass and without a tree: links, base, title, meta elements, visible text. Time is linear in the
// document, memory that of what it finds. Pure; any thread.
//
// Where the building of a tree decides what an element is, this is what is answered:
// - <template>: inert, what is in it is passed over (HTML Standard 4.12.3), as extract() does.
// - <noscript>: its contents count; nobody runs scripts here (13.2.6.4.5).
// - <svg>, <math>: what is in them is of their own kind until an integration point, or a tag that
// cannot be in them, leads back to
//   HTML (13.2.6.5). In them <title>, <style> and <script> do not change how text is read.
// - <table>: an element that is moved before the table (foster parenting, 13.2.6.1) is an element
// all the same. Rows and cells outside of
//   a table are none.
// - <form> in a form is none; </form> ends the form wherever it stands.
// - <frame> is one in a <frameset> only; a <frameset> counts only before anything else that would
// be in the body.
// - <select> keeps what is in it: the standard dropped the insertion mode in which it did not
// (2025); gumbo, of 2015, leaves it out.
// - After </body> and </html>: nothing changes.
// - Formatting elements that a tree repeats (<a> over the end of a <p>) are there once, as written.
// - There is no depth, so none is too deep.
// Visible text may have a space more or less where an end tag belongs to nothing, and another order
// where a table moves it.
#pragma once

#include <string_view>

#include "parse/html/extract.h"

namespace scraper::parse {

// `html` is UTF-8 and must outlive what is found, as must the contents of `options.arena`, which
// must be there.
Extract scan(std::string_view html, const ExtractOptions& options);

}  // namespace scraper::parse
