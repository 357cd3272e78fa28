#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

/// Reads the data files of golden/.

namespace firn::sql::testing {

inline std::string ReadGolden(const std::string& name) {
  std::ifstream file(std::string(FIRN_ROOM_DIR) + "/golden/" + name);
  EXPECT_TRUE(file.good()) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct GoldenCase {
  std::string text;
  std::string expected;  ///< Without its last line break.
};

/// The cases of a .txt file: `==== text`, then what must come out.
inline std::vector<GoldenCase> ReadCases(const std::string& name) {
  constexpr std::string_view kMark = "==== ";
  std::vector<GoldenCase> cases;
  std::istringstream lines(ReadGolden(name));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(kMark)) {
      cases.push_back({line.substr(kMark.size()), {}});
    } else if (!cases.empty()) {
      if (!cases.back().expected.empty()) cases.back().expected += '\n';
      cases.back().expected += line;
    }
  }
  return cases;
}

}  // namespace firn::sql::testing
