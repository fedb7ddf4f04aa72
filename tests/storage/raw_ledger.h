// The row of a ledger's books, written past the ledger: as a program of another format has it.
#pragma once

#include <rocksdb/db.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "storage/ledger_codec.h"
#include "tests/catch.h"

namespace scraper::storage {

// `space`, where it is given, is a column family that the ledger gets too.
inline void put_raw_books(const std::string& directory, const std::string& value,
                          const std::string& space = "") {
  std::vector<std::string> names;
  REQUIRE(rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), directory, &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> spaces;
  for (const std::string& name : names) spaces.emplace_back(name, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  REQUIRE(rocksdb::DB::Open(rocksdb::DBOptions(), directory, spaces, &handles, &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  CHECK(db->Put(rocksdb::WriteOptions(), "books", value).ok());
  if (!space.empty()) {
    handles.push_back(nullptr);
    CHECK(db->CreateColumnFamily(rocksdb::ColumnFamilyOptions(), space, &handles.back()).ok());
  }
  for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
}

// Behind the mark of this format these books.
inline std::string raw_books(const FormatMark& mark, const Books& books) {
  std::string value;
  encode(mark, RowWriter(value));
  encode(books, RowWriter(value));
  return value;
}

}  // namespace scraper::storage
