#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result.h"

/// Matchers for Result: EXPECT_THAT(LoadTable(name), HasValue()), IsError(code), IsError(code, "Reason").

namespace firn::testing {

MATCHER(HasValue, "holds a value") {
  if (arg.has_value()) return true;
  *result_listener << "is " << arg.error().ToString();
  return false;
}

MATCHER_P(IsError, code, std::string("is an error of code ") + std::string(ErrorCodeName(code))) {
  if (arg.has_value()) {
    *result_listener << "holds a value";
    return false;
  }
  *result_listener << "is " << arg.error().ToString();
  return arg.error().code() == code;
}

MATCHER_P2(IsError, code, reason, "is an error of that code and reason") {
  if (arg.has_value()) {
    *result_listener << "holds a value";
    return false;
  }
  *result_listener << "is " << arg.error().ToString();
  return arg.error().code() == code && arg.error().reason() == reason;
}

}  // namespace firn::testing

/// Ends the test with the error if `expression` failed, else declares its value.
#define ASSERT_OK_AND_ASSIGN(declaration, expression) \
  ASSERT_OK_AND_ASSIGN_INNER(FIRN_CONCAT(firn_result_, __LINE__), declaration, expression)
#define ASSERT_OK_AND_ASSIGN_INNER(result, declaration, expression) \
  auto result = (expression);                                       \
  ASSERT_TRUE(result.has_value()) << result.error().ToString();     \
  declaration = std::move(*result)
