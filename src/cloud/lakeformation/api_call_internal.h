#pragma once

#include <string>
#include <utility>

#include "base/context.h"
#include "base/json.h"
#include "base/result.h"
#include "cloud/lakeformation/lake_formation.h"
#include "cloud/lakeformation/lake_formation_api.h"
#include "cloud/policy/authorizer.h"

/// What the operations of the API are handed, and how they refuse.

namespace firn::lakeformation {

/// One call with what its operation needs. All borrowed for the call.
struct Call {
  const LakeFormation& service;
  TableCredentialsVendor* vendor;
  CatalogDirectory* directory;
  const Context& context;
  const policy::Permit& permit;
  const json::object& body;
};

inline Unexpected Invalid(std::string message) {
  return InvalidArgument("InvalidInputException", std::move(message));
}

/// base's words on a member, under Lake Formation's type.
template <typename T>
Result<T> AsInvalid(Result<T> read) {
  if (read || read.error().code() != ErrorCode::kInvalidArgument) return read;
  return Invalid(read.error().message());
}

/// The ResourceArn of a call. Errors: kInvalidArgument/InvalidInputException.
Result<std::string> LocationArn(const Call& call);

// locations.cc. Errors: kInvalidArgument/InvalidInputException, kNotFound/EntityNotFoundException,
// kAlreadyExists/AlreadyExistsException, kUnsupported/UnsupportedFilter.
Result<json::object> RegisterResource(const Call& call);
Result<json::object> UpdateResource(const Call& call);
Result<json::object> DeregisterResource(const Call& call);
Result<json::object> DescribeResource(const Call& call);
Result<json::object> ListResources(const Call& call);

}  // namespace firn::lakeformation
