#pragma once

#include <string>

#include "base/result.h"
#include "engine/catalog/external_catalog.h"
#include "engine/duck/engine.h"
#include "engine/session/session_state_internal.h"
#include "lake/iceberg/view_metadata.h"

/// Views as the catalog has them, read as queries.

namespace firn::session {

/// The dialect that Firn writes and reads (view spec, "SQL representation").
inline constexpr std::string_view kViewDialect = "starrocks";
/// In the summary of a version of ours: the names of the query's columns, a JSON array in the order
/// of the schema. With them a `SELECT *` goes on meaning the columns that there were.
inline constexpr std::string_view kQueryColumnsProperty = "firn.query-columns";

/// The text in our dialect; null when the current version has none.
const iceberg::ViewRepresentation* FindOwnText(const iceberg::ViewMetadata& metadata);

/// The view's query, parsed. A version without our dialect is tried in those it has, where nothing
/// in the text is known to mean something else there. Costs no request.
///
/// Errors: kUnsupported/ViewDialect naming the dialects; kDataCorruption/BadView for a text of our
/// own dialect that does not parse.
Result<duck::PinnedView> PinView(const SessionState& state, const duck::TableName& name,
                                 const catalog::LoadedView& view);

/// `CREATE VIEW …`, as SHOW CREATE VIEW prints it.
std::string CreateViewText(const std::string& name, const iceberg::ViewMetadata& metadata);

}  // namespace firn::session
