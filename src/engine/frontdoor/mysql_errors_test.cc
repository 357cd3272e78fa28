#include "engine/frontdoor/mysql_errors.h"

#include <gtest/gtest.h>

namespace firn::frontdoor {
namespace {

TEST(MySqlErrors, HasARowForEveryCode) {
  struct Case {
    ErrorCode code;
    int number;
    const char* sql_state;
    int http_status;
  };
  for (const Case& c : {
           Case{ErrorCode::kInvalidArgument, 1064, "HY000", 400}, Case{ErrorCode::kUnauthenticated, 1064, "HY000", 400},
           Case{ErrorCode::kPermissionDenied, 5203, "42000", 403}, Case{ErrorCode::kNotFound, 1064, "HY000", 404},
           Case{ErrorCode::kAlreadyExists, 1064, "HY000", 400}, Case{ErrorCode::kConflict, 1213, "40001", 409},
           Case{ErrorCode::kCommitStateUnknown, 1180, "HY000", 500}, Case{ErrorCode::kFailedPrecondition, 1064, "HY000", 400},
           Case{ErrorCode::kResourceExhausted, 1064, "HY000", 503}, Case{ErrorCode::kUnavailable, 1105, "HY000", 503},
           Case{ErrorCode::kDeadlineExceeded, 3024, "HY000", 504}, Case{ErrorCode::kCancelled, 1317, "70100", 500},
           Case{ErrorCode::kUnsupported, 1064, "HY000", 400}, Case{ErrorCode::kDataCorruption, 1105, "HY000", 500},
           Case{ErrorCode::kInternal, 1105, "HY000", 500},
       }) {
    const Error error(c.code, "SomeReason", "what happened");
    const mysql::ErrPacket err = ToMySqlError(error);
    EXPECT_EQ(err.error_number, c.number) << ErrorCodeName(c.code);
    EXPECT_EQ(err.sql_state, c.sql_state) << ErrorCodeName(c.code);
    EXPECT_NE(err.message.find("what happened"), std::string::npos);
    EXPECT_EQ(HttpStatusOf(error), c.http_status) << ErrorCodeName(c.code);
  }
}

TEST(MySqlErrors, WordsAsStarRocksDoes) {
  struct Case {
    ErrorCode code;
    const char* reason;
    const char* message;
    int number;
    const char* sql_state;
    const char* expected;
  };
  for (const Case& c : {
           Case{ErrorCode::kInvalidArgument, "AnalysisError", "Column 'x' cannot be resolved", 1064, "HY000",
                "Getting analyzing error. Detail message: Column 'x' cannot be resolved."},
           Case{ErrorCode::kInvalidArgument, "SyntaxError", "Getting syntax error at line 1, column 7. Detail message: …", 1064, "HY000",
                "Getting syntax error at line 1, column 7. Detail message: …"},
           Case{ErrorCode::kInvalidArgument, "SyntaxError", "Unexpected input 'x'", 1064, "HY000",
                "Getting syntax error. Detail message: Unexpected input 'x'."},
           Case{ErrorCode::kInvalidArgument, "UnknownColumn", "Column 'x' cannot be resolved.", 1054, "42S22",
                "Getting analyzing error. Detail message: Column 'x' cannot be resolved."},
           Case{ErrorCode::kNotFound, "UnknownTable", "Unknown table 'd.t'", 1146, "42S02",
                "Getting analyzing error. Detail message: Unknown table 'd.t'."},
           Case{ErrorCode::kNotFound, "UnknownDatabase", "Unknown database 'd'", 1049, "42000", "Unknown database 'd'"},
           Case{ErrorCode::kUnauthenticated, "AccessDenied", "Access denied for user 'u'@'h' (using password: NO)", 1045, "28000",
                "Access denied for user 'u'@'h' (using password: NO)"},
           Case{ErrorCode::kAlreadyExists, "TableExists", "Table 't' already exists", 1050, "42S01", "Table 't' already exists"},
           Case{ErrorCode::kNotFound, "UnknownSystemVariable", "Unknown system variable 'x'", 1193, "HY000", "Unknown system variable 'x'"},
           Case{ErrorCode::kCancelled, "QueryInterrupted", "", 1317, "70100", "Query execution was interrupted"},
           Case{ErrorCode::kCancelled, "Killed", "by root", 1317, "70100", "Query execution was interrupted: by root"},
           Case{ErrorCode::kDeadlineExceeded, "QueryTimeout", "query_timeout is 1 s", 3024, "HY000",
                "Query execution was interrupted, maximum statement execution time exceeded: query_timeout is 1 s"},
           Case{ErrorCode::kResourceExhausted, "PacketTooLarge", "Got a packet bigger", 1153, "08S01", "Got a packet bigger"},
           Case{ErrorCode::kCommitStateUnknown, "AnswerLost", "it may be there", 1180, "HY000", "it may be there"},
           Case{ErrorCode::kUnsupported, "UnknownCommand", "Unknown command 0x1e", 1047, "08S01", "Unknown command 0x1e"},
       }) {
    const mysql::ErrPacket err = ToMySqlError(Error(c.code, c.reason, c.message));
    EXPECT_EQ(err.error_number, c.number) << c.reason;
    EXPECT_EQ(err.sql_state, c.sql_state) << c.reason;
    EXPECT_EQ(err.message, c.expected) << c.reason;
  }
}

TEST(MySqlErrors, KeepsNotes) {
  Error error(ErrorCode::kUnavailable, "ConnectFailed", "no answer");
  error.Note("loading table d.t");
  EXPECT_EQ(ToMySqlError(error).message, "no answer; loading table d.t");
}

}  // namespace
}  // namespace firn::frontdoor
