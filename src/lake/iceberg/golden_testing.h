#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/durable_file.h"
#include "base/encoding.h"

/// Golden files of this room, for its tests.

namespace firn::iceberg::testing {

inline std::filesystem::path GoldenPath(const std::string& name) {
  return std::filesystem::path(FIRN_ROOM_DIR) / "golden" / name;
}

inline std::string ReadGolden(const std::string& name) {
  return *ReadWholeFile(GoldenPath(name), 1 << 20);
}

/// Rows of a `|` separated file without its comments.
inline std::vector<std::vector<std::string>> ReadGoldenRows(const std::string& name) {
  std::vector<std::vector<std::string>> rows;
  const std::string text = ReadGolden(name);
  for (const std::string_view line : Split(text, '\n')) {
    if (line.empty() || line.starts_with('#')) continue;
    std::vector<std::string> row;
    for (const std::string_view cell : Split(line, '|')) row.emplace_back(cell);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace firn::iceberg::testing
