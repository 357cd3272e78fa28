#include "lake/iceberg/row_lineage.h"

namespace firn::iceberg {

const NestedField kRowIdField{.id = 2147483540,
                              .name = "_row_id",
                              .required = false,
                              .type = Type::Primitive(TypeKind::kLong),
                              .doc = {},
                              .initial_default = {},
                              .write_default = {}};
const NestedField kLastUpdatedField{.id = 2147483539,
                                    .name = "_last_updated_sequence_number",
                                    .required = false,
                                    .type = Type::Primitive(TypeKind::kLong),
                                    .doc = {},
                                    .initial_default = {},
                                    .write_default = {}};

}  // namespace firn::iceberg
