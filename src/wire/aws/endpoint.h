#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

/// Where AWS's services are: host names from service and region.

namespace firn::aws {

/// `aws`, `aws-cn` or `aws-us-gov`, by how the region's name begins.
std::string_view PartitionOf(std::string_view region);

struct EndpointVariant {
  bool fips = false;
  bool dual_stack = false;
};

/// `https://glue.us-east-1.amazonaws.com`. For a service by its host's first label: glue, s3tables,
/// sts, s3. Source: botocore 1.44.5, data/partitions.json and the services'
/// endpoint-rule-set-1.json.
///
/// Errors: kInvalidArgument/BadRegion for what is no region's name by its form (it becomes part
/// of a host name), and for FIPS in China, where there is none.
Result<std::string> ServiceEndpoint(std::string_view service, std::string_view region,
                                    EndpointVariant variant = {});

/// The service and region that a host name of AWS tells: `glue.us-east-1.amazonaws.com`,
/// `glue-fips.…`, `sts.us-east-1.api.aws`, `s3.dualstack.us-east-1.amazonaws.com`. Empty ones for
/// other hosts.
struct AwsHost {
  std::string service;
  std::string region;
};
AwsHost ParseAwsHost(std::string_view host);

/// True for a host in one of AWS's own domains.
bool IsAwsDomain(std::string_view host);

}  // namespace firn::aws
