// The values of the ledger's rows as bytes, and back: which rows there are is said in ledger.cc,
// what numbers and strings look like in row_codec.h. A field is never added, removed or given
// another meaning without a new format (storage/format.h). Decoding writes only into its argument;
// whether there was all of it the reader says (RowReader::is_good). Pure, any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "storage/format.h"
#include "storage/ledger.h"
#include "storage/row_codec.h"

namespace scraper::storage {

// Stands before the Books, in every format as here: what follows is not looked at.
void encode(const FormatMark& mark, RowWriter out);
void decode(RowReader& in, FormatMark& mark);

// Behind the mark.
void encode(const Books& books, RowWriter out);
void decode(RowReader& in, Books& books);
void encode(const UrlEntry& entry, RowWriter out);
void decode(RowReader& in, UrlEntry& entry);
void encode(const StateEntry& entry, RowWriter out);
void decode(RowReader& in, StateEntry& entry);
void encode(const LinksEntry& entry, RowWriter out);
void decode(RowReader& in, LinksEntry& entry);
void encode(const HostEntry& entry, RowWriter out);
void decode(RowReader& in, HostEntry& entry);
void encode(const OriginEntry& entry, RowWriter out);
void decode(RowReader& in, OriginEntry& entry);
void encode(const RobotsEntry& entry, RowWriter out);
void decode(RowReader& in, RobotsEntry& entry);
void encode(const CaptureEntry& entry, RowWriter out);
void decode(RowReader& in, CaptureEntry& entry);
void encode(const SitemapEntryRow& entry, RowWriter out);
void decode(RowReader& in, SitemapEntryRow& entry);
void encode(const AdmittedEntry& entry, RowWriter out);
void decode(RowReader& in, AdmittedEntry& entry);
void encode(const std::vector<DepthPatch>& patches, RowWriter out);
void decode(RowReader& in, std::vector<DepthPatch>& patches);
void encode(const std::vector<UnparsedErrand>& errands, RowWriter out);
void decode(RowReader& in, std::vector<UnparsedErrand>& errands);

}  // namespace scraper::storage
