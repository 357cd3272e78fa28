#pragma once

#include <string>

#include "lake/iceberg/table_metadata.h"

/// The text of SHOW CREATE TABLE.

namespace firn::session {

std::string CreateTableText(const std::string& name, const iceberg::TableMetadata& metadata);

}  // namespace firn::session
