#pragma once

#include "base/error.h"
#include "wire/mysql/response.h"

/// The one table of errors: what a MySQL client sees of an Error.

namespace firn::frontdoor {

/// Number, SQLSTATE and text for `error`. Total over the codes; a reason with a row of its own comes first. Analysis
/// errors begin as StarRocks' do: `Getting analyzing error. Detail message: ….`
mysql::ErrPacket ToMySqlError(const Error& error);

/// True for the errors that StarRocks counts as timeouts.
bool IsTimeout(const Error& error);

/// The HTTP status that says the same.
int HttpStatusOf(const Error& error);

}  // namespace firn::frontdoor
