#include "engine/frontdoor/fake_sessions_testing.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "base/encoding.h"
#include "wire/mysql/values.h"

namespace firn::frontdoor {
namespace {

using rows::TypeKind;

template <typename T>
FakeColumn Fixed(std::string name, rows::ColumnType type, T value) {
  FakeColumn column{.column = {std::move(name), std::move(type)}};
  column.data.resize(2 * sizeof(T));
  std::memcpy(column.data.data(), &value, sizeof(T));
  column.validity = {1};
  return column;
}

FakeColumn Text(std::string name, rows::ColumnType type, std::string value) {
  FakeColumn column{.column = {std::move(name), std::move(type)}};
  column.texts = {std::move(value), ""};
  column.validity = {1};
  return column;
}

Status SendColumns(rows::ResultSink& sink, const std::vector<FakeColumn>& columns,
                   std::size_t row_count) {
  std::vector<rows::Column> heads;
  std::vector<rows::ColumnView> views;
  for (const FakeColumn& column : columns) {
    heads.push_back(column.column);
    views.push_back(column.View());
  }
  FIRN_TRY(sink.Begin(heads));
  FIRN_TRY(sink.AddBatch({.row_count = row_count, .columns = views}));
  return sink.End();
}

Status SendText(rows::ResultSink& sink, const std::string& name, const std::string& value) {
  const std::vector<std::string> names{name};
  const std::vector<std::vector<std::optional<std::string>>> rows{{value}};
  return rows::SendTextRows(sink, names, rows);
}

Status SendManyRows(rows::ResultSink& sink, std::int64_t count) {
  const std::vector<rows::Column> heads{{"i", {.kind = TypeKind::kBigInt}},
                                        {"t", {.kind = TypeKind::kVarchar}}};
  FIRN_TRY(sink.Begin(heads));
  constexpr std::int64_t kBatch = 1000;
  const std::string text(50, 'x');
  for (std::int64_t first = 0; first < count; first += kBatch) {
    std::vector<std::int64_t> numbers;
    std::vector<std::string_view> texts;
    for (std::int64_t i = first; i < std::min(count, first + kBatch); ++i) {
      numbers.push_back(i);
      texts.emplace_back(text);
    }
    const std::vector<rows::ColumnView> views{{.data = numbers.data()}, {.data = texts.data()}};
    FIRN_TRY(sink.AddBatch({.row_count = numbers.size(), .columns = views}));
  }
  return sink.End();
}

class FakeSession final : public SqlSession {
 public:
  FakeSession(FakeSessionLog& log, session::SessionIdentity identity,
              std::shared_ptr<session::SessionEntry> entry)
      : log_(log), identity_(std::move(identity)), entry_(std::move(entry)) {
    ++log_.sessions_made;
  }
  ~FakeSession() override { ++log_.sessions_ended; }

  Status Execute(const Context& context, std::string_view sql, rows::ResultSink& sink) override {
    if (sql.find(';') != std::string_view::npos) {
      return InvalidArgument("SyntaxError", "Unexpected input ';'");
    }
    return RunOne(context, sql, sink);
  }

  Status ExecuteScript(const Context& context, std::string_view sql,
                       session::ScriptSinks& sinks) override {
    std::vector<std::string_view> statements = Split(sql, ';');
    while (!statements.empty() && statements.back().empty()) statements.pop_back();
    if (statements.empty()) return InvalidArgument("EmptyQuery", "Query was empty");
    for (std::size_t i = 0; i < statements.size(); ++i) {
      FIRN_TRY(RunOne(context, statements[i], sinks.Next(i + 1 == statements.size())));
    }
    return Ok();
  }

  Result<session::PreparedShape> Prepare(const Context& /*context*/, std::string_view sql) override {
    if (sql.find("missing") != std::string_view::npos) {
      return NotFound("UnknownTable", "Unknown table 'missing'");
    }
    session::PreparedShape shape{.statement_id = ++next_statement_id_};
    shape.parameter_count = static_cast<std::size_t>(std::ranges::count(sql, '?'));
    if (sql == "types") {
      for (const FakeColumn& column : EveryKind()) shape.columns.push_back(column.column);
    } else {
      shape.columns = {{"a", {.kind = TypeKind::kVarchar}}, {"b", {.kind = TypeKind::kInt}}};
    }
    prepared_.emplace_back(sql);
    return shape;
  }

  Status ExecutePrepared(const Context& context, std::uint32_t statement_id,
                         std::span<const sql::Literal> parameters,
                         rows::ResultSink& sink) override {
    const std::string& sql = prepared_.at(statement_id - 1);
    if (parameters.empty()) return RunOne(context, sql, sink);
    std::string shown;
    for (const sql::Literal& literal : parameters) {
      shown += fmt::format("{}:{};", static_cast<int>(literal.kind), literal.text);
    }
    return SendText(sink, "parameters", shown);
  }
  void ClosePrepared(std::uint32_t /*statement_id*/) override {}

  Status UseDatabase(const Context& /*context*/, std::string_view name) override {
    if (name.starts_with("missing")) {
      return NotFound("UnknownDatabase", fmt::format("Unknown database '{}'", name));
    }
    database_ = name;
    return Ok();
  }
  void Reset() override { ++log_.resets; }
  void ChangeIdentity(session::SessionIdentity identity) override {
    identity_ = std::move(identity);
    database_.clear();
  }
  std::string current_database() const override { return database_; }
  std::uint16_t warning_count() const override { return 0; }
  bool autocommit() const override { return true; }
  bool in_transaction() const override { return false; }

 private:
  Status RunOne(const Context& context, std::string_view sql, rows::ResultSink& sink) {
    const std::stop_token killed = entry_->BeginStatement("Query", sql, context.request_id());
    ++log_.statements_running;
    Status status = RunText(context, killed, sql, sink);
    --log_.statements_running;
    entry_->EndStatement(status.has_value());
    return status;
  }

  Status RunText(const Context& context, const std::stop_token& killed, std::string_view sql,
                 rows::ResultSink& sink) {
    while (sql.starts_with(' ')) sql.remove_prefix(1);
    if (sql == "select 1") {
      return SendColumns(sink, {Fixed<std::int32_t>("1", {.kind = TypeKind::kInt}, 1)}, 1);
    }
    if (sql == "types") return SendColumns(sink, EveryKind(), 2);
    if (sql == "insert") return sink.Affected(4, "");
    if (sql == "sleep") return Sleep(context, killed);
    if (sql.starts_with("echo ")) return SendText(sink, "echo", std::string(sql.substr(5)));
    if (sql == "who") {
      return SendText(sink, "who", fmt::format("{}@{} {} db={}", identity_.user, identity_.host,
                                               Split(identity_.remote_address, ':')[0], database_));
    }
    if (sql.starts_with("rows ")) {
      std::int64_t count = 0;
      std::from_chars(sql.data() + 5, sql.data() + sql.size(), count);
      return SendManyRows(sink, count);
    }
    if (sql == "fail syntax") return InvalidArgument("SyntaxError", "Unexpected input 'x'");
    if (sql == "fail table") return NotFound("UnknownTable", "Unknown table 'd.t'");
    if (sql == "fail midway") {
      const std::vector<rows::Column> heads{{"a", {.kind = TypeKind::kInt}}};
      FIRN_TRY(sink.Begin(heads));
      return DataCorruption("BrokenFile", "the file is broken");
    }
    return sink.Affected(0, "");
  }

  Status Sleep(const Context& context, const std::stop_token& killed) {
    for (int i = 0; i < 1000; ++i) {
      if (killed.stop_requested() || context.stop_token().stop_requested()) {
        ++log_.statements_stopped;
        return Cancelled("QueryInterrupted", "");
      }
      SystemClock().SleepFor(std::chrono::milliseconds(10));
    }
    return Ok();
  }

  FakeSessionLog& log_;
  session::SessionIdentity identity_;
  const std::shared_ptr<session::SessionEntry> entry_;
  std::string database_;
  std::uint32_t next_statement_id_ = 0;
  std::vector<std::string> prepared_;
};

}  // namespace

std::unique_ptr<SqlSession> FakeSessions::NewSession(session::SessionIdentity identity,
                                                     std::shared_ptr<session::SessionEntry> entry) {
  return std::make_unique<FakeSession>(log_, std::move(identity), std::move(entry));
}

rows::ColumnView FakeColumn::View() const {
  const void* values = texts.empty() ? static_cast<const void*>(data.data()) : views.data();
  return {.data = values, .validity = validity.data()};
}

std::vector<FakeColumn> EveryKind() {
  constexpr std::int64_t kMicros = 1'704'103'200'000'000;  // 2024-01-01 10:00:00
  std::vector<FakeColumn> columns;
  columns.push_back(Fixed<bool>("boolean", {.kind = TypeKind::kBoolean}, true));
  columns.push_back(Fixed<std::int8_t>("tinyint", {.kind = TypeKind::kTinyInt}, -128));
  columns.push_back(Fixed<std::int16_t>("smallint", {.kind = TypeKind::kSmallInt}, -32768));
  columns.push_back(Fixed<std::int32_t>("int", {.kind = TypeKind::kInt}, -2147483647));
  columns.push_back(Fixed<std::int64_t>("bigint", {.kind = TypeKind::kBigInt}, INT64_MIN));
  columns.push_back(Fixed<mysql::Int128>("largeint", {.kind = TypeKind::kLargeInt},
                                         mysql::Int128{INT64_MAX} * 100));
  columns.push_back(Fixed<float>("float", {.kind = TypeKind::kFloat}, 1.8F));
  columns.push_back(Fixed<double>("double", {.kind = TypeKind::kDouble}, 15.32));
  columns.push_back(Fixed<mysql::Int128>(
      "decimal", {.kind = TypeKind::kDecimal, .precision = 10, .scale = 2}, 10000));
  columns.push_back(Fixed<std::int32_t>("date", {.kind = TypeKind::kDate}, 19723));
  columns.push_back(Fixed<std::int64_t>("datetime", {.kind = TypeKind::kDateTime}, kMicros + 751));
  columns.push_back(Fixed<std::int64_t>("time", {.kind = TypeKind::kTime}, 3'723'000'000));
  columns.push_back(Text("varchar", {.kind = TypeKind::kVarchar}, "héllo"));
  columns.push_back(Text("varbinary", {.kind = TypeKind::kVarbinary}, std::string("\0\xFF", 2)));
  columns.push_back(Text("json", {.kind = TypeKind::kJson}, R"({"a": 1})"));
  columns.push_back(Text("array", {.kind = TypeKind::kArray, .nested_text = "array<int(11)>"},
                         "[1,2]"));
  for (FakeColumn& column : columns) {
    for (const std::string& text : column.texts) column.views.emplace_back(text);
  }
  return columns;
}

}  // namespace firn::frontdoor
