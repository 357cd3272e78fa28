#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lake/objects/object_store.h"

/// The fence between what a catalog says and what its client does: a table's store serves the
/// table's own objects and no others.

namespace firn::catalog {

/// A store that refuses, before anything is sent, what lies outside a table.
///
/// Paths come from the server: in the metadata, in manifests, in delete files. A hostile or broken
/// one must not make this process read or overwrite what its keys happen to reach. Allowed are
/// objects below `location`, and below `also_allowed` (catalog property firn.allowed-locations);
/// a prefix ends at a slash, so `s3://b/t` does not cover `s3://b/t2`. Keys with the segments `.`
/// and `..` are refused: what stands between here and the store may resolve them.
///
/// Errors of all calls: kPermissionDenied/OutsideTableLocation; then those of `inner`.
/// Errors of this: kUnsupported/UnsupportedLocation when `location` is not on S3.
Result<std::shared_ptr<objects::ObjectStore>> ConfineStore(
    std::shared_ptr<objects::ObjectStore> inner, const std::string& location,
    const std::vector<std::string>& also_allowed);

/// The prefixes of a comma-separated list. Errors: kInvalidArgument/BadPropertyValue for what is no
/// s3:// address of a bucket or below.
Result<std::vector<std::string>> ParseAllowedLocations(std::string_view text);

}  // namespace firn::catalog
