#include "wire/aws/endpoint.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/encoding.h"

namespace firn::aws {
namespace {

struct Domains {
  std::string_view partition;
  std::string_view plain;
  std::string_view dual_stack;
};
constexpr auto kDomains = std::to_array<Domains>({
    {"aws", ".amazonaws.com", ".api.aws"},
    {"aws-cn", ".amazonaws.com.cn", ".api.amazonwebservices.com.cn"},
    {"aws-us-gov", ".amazonaws.com", ".api.aws"},
});

/// Lower-case words and digits joined by hyphens; nothing that could end a host name's label early.
bool LooksLikeRegion(std::string_view region) {
  return !region.empty() && region.size() <= 32 && region.front() != '-' && region.back() != '-' &&
         std::ranges::all_of(region, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

const Domains& DomainsOf(std::string_view region) {
  const std::string_view partition = PartitionOf(region);
  return *std::ranges::find(kDomains, partition, &Domains::partition);
}

}  // namespace

std::string_view PartitionOf(std::string_view region) {
  if (region.starts_with("cn-")) return "aws-cn";
  if (region.starts_with("us-gov-")) return "aws-us-gov";
  return "aws";
}

Result<std::string> ServiceEndpoint(std::string_view service, std::string_view region,
                                    EndpointVariant variant) {
  if (!LooksLikeRegion(region)) {
    return InvalidArgument("BadRegion", "'" + std::string(region.substr(0, 64)) +
                                            "' is not the name of an AWS region");
  }
  const Domains& domains = DomainsOf(region);
  if (variant.fips && domains.partition == "aws-cn") {
    return InvalidArgument("BadRegion", "Region " + std::string(region) +
                                            " has no FIPS endpoints: AWS's China has none");
  }
  std::string host = "https://" + std::string(service);
  // GovCloud's plain STS is the validated one.
  const bool is_validated_already =
      service == "sts" && domains.partition == "aws-us-gov" && !variant.dual_stack;
  if (variant.fips && !is_validated_already) host += "-fips";
  // S3 had its dual-stack names before there was a domain for them.
  const bool is_s3 = service == "s3";
  if (is_s3 && variant.dual_stack) host += ".dualstack";
  host += "." + std::string(region);
  host += !is_s3 && variant.dual_stack ? domains.dual_stack : domains.plain;
  return host;
}

AwsHost ParseAwsHost(std::string_view host) {
  for (const Domains& domains : kDomains) {
    for (const std::string_view end : {domains.plain, domains.dual_stack}) {
      if (!host.ends_with(end)) continue;
      std::vector<std::string_view> parts = Split(host.substr(0, host.size() - end.size()), '.');
      if (parts.size() == 3 && parts[1] == "dualstack") parts.erase(parts.begin() + 1);
      if (parts.size() != 2 || parts[0].empty() || !LooksLikeRegion(parts[1])) return {};
      std::string_view service = parts[0];
      if (service.ends_with("-fips")) service.remove_suffix(5);
      return {std::string(service), std::string(parts[1])};
    }
  }
  return {};
}

bool IsAwsDomain(std::string_view host) {
  return std::ranges::any_of(kDomains, [host](const Domains& domains) {
    return host.ends_with(domains.plain) || host.ends_with(domains.dual_stack);
  });
}

}  // namespace firn::aws
