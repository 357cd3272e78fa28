#include "cloud/glue/name_pattern.h"

#include <string>

#include "base/result_testing.h"
#include "cloud/glue/limits.h"

namespace firn::glue {
namespace {

TEST(NamePattern, FitsWholeNames) {
  struct Case {
    const char* pattern;
    const char* name;
    bool fits;
  };
  const Case cases[] = {
      {"sales", "sales", true},
      {"sales", "sales_2", false},
      {"sales", "my_sales", false},
      {"sales*", "sales_2", true},
      {"sales*", "sale", false},
      {"*sales", "my_sales", true},
      {"*sales*", "a_sales_b", true},
      {"sales.*", "sales", true},
      {"sales.*", "sales_2", true},
      {"s.les", "sales", true},
      {"s.les", "sles", false},
      {"a|b", "b", true},
      {"a|b", "ab", false},
      {"^a*$", "abc", true},
      {"SALES", "sales", true},
      {"*", "x", true},
      {".*", "x", true},
      {"", "x", false},
      {"a*b*c", "a_b_b_c", true},
      {"a*b*c", "a_c_b", false},
      {"a*a", "a", false},
      {"a.", "a", false},
      {"a|", "a", true},
      {"|", "a", false},
  };
  for (const Case& one : cases) {
    ASSERT_OK_AND_ASSIGN(const bool fits, FitsNamePattern(one.pattern, one.name));
    EXPECT_EQ(fits, one.fits) << one.pattern << " " << one.name;
  }
}

TEST(NamePattern, RefusesWhatItDoesNotKnow) {
  const std::string long_one(kPatternBytesMax + 1, 'a');
  for (const std::string& pattern :
       {std::string("a+"), std::string("[ab]"), std::string("(a)"), std::string("a{2}"),
        std::string("\\w"), std::string("a?"), std::string("a^b"), std::string("a$b"), long_one}) {
    EXPECT_FALSE(FitsNamePattern(pattern, "a")) << pattern.substr(0, 20);
  }
}

}  // namespace
}  // namespace firn::glue
