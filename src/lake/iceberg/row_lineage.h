#pragma once

#include "lake/iceberg/type.h"

/// Row lineage (spec v3, "Row Lineage").

namespace firn::iceberg {

/// The columns that a file may hold behind the table's own (spec, "Reserved Field IDs").
extern const NestedField kRowIdField;
extern const NestedField kLastUpdatedField;

}  // namespace firn::iceberg
