#include "lake/iceberg/sort_order.h"

#include <fmt/format.h>

#include "lake/iceberg/members_internal.h"

namespace firn::iceberg {
namespace {

Unexpected InvalidSortOrder(std::string message) {
  return InvalidArgument("InvalidSortOrder", std::move(message));
}

Result<SortField> ParseSortField(const json::value& value) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "sort field"));
  SortField field;
  FIRN_ASSIGN_OR_RETURN(const auto source_id, FindInt32(*object, "source-id"));
  FIRN_ASSIGN_OR_RETURN(field.source_ids, FindInt32Array(*object, "source-ids"));
  if (source_id) {
    field.source_id = *source_id;
  } else if (!field.source_ids.empty()) {
    field.source_id = field.source_ids.front();
  } else {
    return InvalidArgument("MissingMember", "a sort field has no 'source-id'");
  }
  FIRN_ASSIGN_OR_RETURN(const std::string transform, GetString(*object, "transform"));
  FIRN_ASSIGN_OR_RETURN(field.transform, ParseTransform(transform));
  FIRN_ASSIGN_OR_RETURN(const std::string direction, GetString(*object, "direction"));
  if (direction != "asc" && direction != "desc") {
    return InvalidSortOrder(fmt::format("direction must be asc or desc, found '{}'", direction));
  }
  field.descending = direction == "desc";
  FIRN_ASSIGN_OR_RETURN(const std::string null_order, GetString(*object, "null-order"));
  if (null_order != "nulls-first" && null_order != "nulls-last") {
    return InvalidSortOrder(
        fmt::format("null-order must be nulls-first or nulls-last, found '{}'", null_order));
  }
  field.nulls_last = null_order == "nulls-last";
  return field;
}

}  // namespace

Result<SortOrder> ParseSortOrder(const json::value& value) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "sort order"));
  SortOrder order;
  FIRN_ASSIGN_OR_RETURN(order.order_id, GetInt32(*object, "order-id"));
  FIRN_ASSIGN_OR_RETURN(const json::array* fields, GetArray(*object, "fields"));
  for (const json::value& item : *fields) {
    FIRN_ASSIGN_OR_RETURN(SortField field, ParseSortField(item));
    order.fields.push_back(std::move(field));
  }
  if (order.order_id == 0 && !order.fields.empty()) {
    return InvalidSortOrder("sort order 0 is the unsorted order and has no fields");
  }
  return order;
}

json::value ToJson(const SortOrder& order) {
  json::array fields;
  for (const SortField& field : order.fields) {
    json::object object;
    object["transform"] = field.transform.ToString();
    if (field.source_ids.size() > 1) {
      object["source-ids"] = json::array(field.source_ids.begin(), field.source_ids.end());
    } else {
      object["source-id"] = field.source_id;
    }
    object["direction"] = field.descending ? "desc" : "asc";
    object["null-order"] = field.nulls_last ? "nulls-last" : "nulls-first";
    fields.push_back(std::move(object));
  }
  json::object object;
  object["order-id"] = order.order_id;
  object["fields"] = std::move(fields);
  return object;
}

Status CheckSortOrder(const SortOrder& order, const Schema& schema) {
  for (const SortField& field : order.fields) {
    const NestedField* source = schema.FindField(field.source_id);
    if (source == nullptr) {
      return InvalidSortOrder(fmt::format("sort field {} of order {} is not in the schema",
                                          field.source_id, order.order_id));
    }
    if (field.transform.kind != TransformKind::kUnknown &&
        !CanTransform(field.transform, source->type)) {
      return InvalidSortOrder(fmt::format("transform {} does not fit column '{}' of type {}",
                                          field.transform.ToString(), source->name,
                                          source->type.ToString()));
    }
  }
  return Ok();
}

}  // namespace firn::iceberg
