#pragma once

#include "base/error.h"
#include "wire/aws/answer.h"

/// The one table from firn::Error to AWS's errors, a column for each service. Total over the codes.

namespace firn::door {

enum class Service { kS3, kS3Tables, kGlue, kIceberg, kIam, kSts, kLakeFormation, kUnknown };

/// How the service writes its answers. Iceberg's faces answer ErrorModel for what they decide; what the door refuses before
/// (signatures, keys) is rest-json there, as AWS does.
aws::Protocol ProtocolOf(Service service);

/// Status, code and text as the service would say them. Internal failures keep their details for the log.
aws::ServiceError ToServiceError(Service service, const Error& error);

/// True for what is refused before the caller is known: it is never an Iceberg ErrorModel.
bool IsAuthenticationError(const Error& error);

}  // namespace firn::door
