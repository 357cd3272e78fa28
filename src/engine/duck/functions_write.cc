#include "engine/duck/errors_internal.h"
#include "engine/duck/functions_internal.h"
#include "engine/duck/statement_internal.h"
#include "engine/duck/types_internal.h"
#include "engine/duck/write_internal.h"

namespace firn::duck {
namespace {

using duckdb::LogicalType;

/// The source values of one row, told apart byte by byte.
void AppendRaw(const duckdb::UnifiedVectorFormat& format, duckdb::PhysicalType type,
               duckdb::idx_t row, std::string& raw) {
  const duckdb::idx_t index = format.sel->get_index(row);
  if (!format.validity.RowIsValid(index)) {
    raw += '\0';
    return;
  }
  raw += '\1';
  if (type == duckdb::PhysicalType::VARCHAR) {
    const auto& text = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format)[index];
    const auto size = static_cast<std::uint32_t>(text.GetSize());
    raw.append(reinterpret_cast<const char*>(&size), sizeof size);
    raw.append(text.GetData(), size);
    return;
  }
  const duckdb::idx_t width = duckdb::GetTypeIdSize(type);
  raw.append(reinterpret_cast<const char*>(format.data) + index * width, width);
}

/// The number of each row's partition. Rows of a partition met before cost one look-up.
void PartitionNumbers(duckdb::DataChunk& arguments, duckdb::ExpressionState& state,
                      duckdb::Vector& result) {
  Statement& statement = CurrentStatement(state.GetContext());
  FIRN_CHECK(statement.write != nullptr && statement.write->partitions != nullptr);
  PartitionRegistry& registry = *statement.write->partitions;
  const duckdb::idx_t count = arguments.size();
  std::vector<duckdb::UnifiedVectorFormat> formats(arguments.ColumnCount());
  for (std::size_t c = 0; c < formats.size(); ++c) {
    arguments.data[c].ToUnifiedFormat(count, formats[c]);
  }
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto* numbers = duckdb::FlatVector::GetData<int64_t>(result);
  std::string raw;
  std::string last_raw;
  std::int64_t last = -1;
  for (duckdb::idx_t r = 0; r < count; ++r) {
    raw.clear();
    for (std::size_t c = 0; c < formats.size(); ++c) {
      AppendRaw(formats[c], arguments.data[c].GetType().InternalType(), r, raw);
    }
    if (last < 0 || raw != last_raw) {
      const auto known = registry.FindNumber(raw);
      if (known) {
        last = *known;
      } else {
        iceberg::PartitionTuple sources;
        for (std::size_t c = 0; c < formats.size(); ++c) {
          sources.push_back(ToLiteral(arguments.data[c].GetValue(r), registry.source_types()[c]));
        }
        last = ValueOrRaise(registry.NumberOf(raw, sources));
      }
      last_raw = raw;
    }
    numbers[r] = last;
  }
}

/// (converted, original, column name, required): passes the converted value on and refuses what a
/// column cannot take.
void CheckStored(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) {
  const duckdb::idx_t count = arguments.size();
  duckdb::UnifiedVectorFormat converted;
  duckdb::UnifiedVectorFormat original;
  arguments.data[0].ToUnifiedFormat(count, converted);
  arguments.data[1].ToUnifiedFormat(count, original);
  const std::string column = arguments.data[2].GetValue(0).ToString();
  const bool required = arguments.data[3].GetValue(0).GetValue<bool>();
  if (required || !converted.validity.AllValid()) {
    for (duckdb::idx_t r = 0; r < count; ++r) {
      if (converted.validity.RowIsValid(converted.sel->get_index(r))) continue;
      const bool was_null = !original.validity.RowIsValid(original.sel->get_index(r));
      if (!was_null) {
        Raise(Error(ErrorCode::kInvalidArgument, "DataOutOfRange",
                    "Value '" + arguments.data[1].GetValue(r).ToString() +
                        "' is invalid or out of range for column '" + column + "' of type " +
                        ColumnTypeText(arguments.data[0].GetType())));
      }
      if (required) {
        Raise(Error(ErrorCode::kInvalidArgument, "NullNotAllowed",
                    "Column '" + column + "' cannot be null"));
      }
    }
  }
  result.Reference(arguments.data[0]);
}

/// (value, column name): true, or refuses a value for a column that has none.
void CheckNull(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) {
  const duckdb::idx_t count = arguments.size();
  duckdb::UnifiedVectorFormat given;
  arguments.data[0].ToUnifiedFormat(count, given);
  for (duckdb::idx_t r = 0; r < count; ++r) {
    if (!given.validity.RowIsValid(given.sel->get_index(r))) continue;
    Raise(UnknownTakesNull(arguments.data[1].GetValue(0).ToString(),
                           arguments.data[0].GetValue(r).ToString()));
  }
  result.Reference(duckdb::Value::BOOLEAN(true));
}

duckdb::unique_ptr<duckdb::FunctionData> BindCheckStored(duckdb::ClientContext&,
                                                         duckdb::ScalarFunction& function,
                                                         BoundExpressions& arguments) {
  function.arguments.clear();
  for (const BoundExpression& argument : arguments) {
    function.arguments.push_back(argument->return_type);
  }
  function.SetReturnType(arguments[0]->return_type);
  return nullptr;
}

/// (value, type carrier, column name, required)
BoundExpression Store(duckdb::ClientContext& context, BoundExpressions& arguments) {
  const LogicalType type = arguments.at(1)->return_type;
  BoundExpressions checked;
  checked.push_back(StarRocksCast(context, arguments[0]->Copy(), type));
  checked.push_back(std::move(arguments[0]));
  checked.push_back(std::move(arguments.at(2)));
  checked.push_back(std::move(arguments.at(3)));
  return Call(context, "sr_check_stored", std::move(checked));
}

}  // namespace

void RegisterWriteFunctions(duckdb::ExtensionLoader& loader) {
  duckdb::ScalarFunction partition("sr_partition_number", {}, LogicalType::BIGINT,
                                   PartitionNumbers);
  partition.varargs = LogicalType::ANY;
  partition.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  partition.SetVolatile();
  loader.RegisterFunction(partition);

  duckdb::ScalarFunction check(
      "sr_check_stored",
      {LogicalType::ANY, LogicalType::ANY, LogicalType::VARCHAR, LogicalType::BOOLEAN},
      LogicalType::ANY, CheckStored, BindCheckStored);
  check.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  check.SetVolatile();
  loader.RegisterFunction(check);
  duckdb::ScalarFunction check_null("sr_check_null", {LogicalType::ANY, LogicalType::VARCHAR},
                                    LogicalType::BOOLEAN, CheckNull);
  check_null.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  check_null.SetVolatile();
  loader.RegisterFunction(check_null);
  RegisterHook(loader, "sr_store", RunHook<Store>);
}

}  // namespace firn::duck
