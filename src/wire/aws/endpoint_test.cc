#include "wire/aws/endpoint.h"

#include "base/result_testing.h"

namespace firn::aws {
namespace {

using ::firn::testing::IsError;

struct Case {
  std::string service;
  std::string region;
  EndpointVariant variant;
  std::string endpoint;
};

// As botocore 1.44.5 resolves its rule sets.
const Case kCases[] = {
    {"glue", "us-east-1", {}, "https://glue.us-east-1.amazonaws.com"},
    {"glue", "us-east-1", {.dual_stack = true}, "https://glue.us-east-1.api.aws"},
    {"glue", "us-east-1", {.fips = true}, "https://glue-fips.us-east-1.amazonaws.com"},
    {"glue", "us-east-1", {true, true}, "https://glue-fips.us-east-1.api.aws"},
    {"glue", "cn-north-1", {}, "https://glue.cn-north-1.amazonaws.com.cn"},
    {"glue",
     "cn-north-1",
     {.dual_stack = true},
     "https://glue.cn-north-1.api.amazonwebservices.com.cn"},
    {"glue", "us-gov-west-1", {.fips = true}, "https://glue-fips.us-gov-west-1.amazonaws.com"},
    {"sts", "eu-central-1", {}, "https://sts.eu-central-1.amazonaws.com"},
    {"sts", "us-gov-west-1", {.fips = true}, "https://sts.us-gov-west-1.amazonaws.com"},
    {"sts", "us-gov-west-1", {true, true}, "https://sts-fips.us-gov-west-1.api.aws"},
    {"s3tables", "us-east-1", {}, "https://s3tables.us-east-1.amazonaws.com"},
    {"s3tables", "us-east-1", {.dual_stack = true}, "https://s3tables.us-east-1.api.aws"},
    {"s3", "us-east-1", {}, "https://s3.us-east-1.amazonaws.com"},
    {"s3", "us-east-1", {.dual_stack = true}, "https://s3.dualstack.us-east-1.amazonaws.com"},
    {"s3", "us-east-1", {true, true}, "https://s3-fips.dualstack.us-east-1.amazonaws.com"},
    {"s3", "cn-northwest-1", {}, "https://s3.cn-northwest-1.amazonaws.com.cn"},
    {"s3", "cn-north-1", {.dual_stack = true}, "https://s3.dualstack.cn-north-1.amazonaws.com.cn"},
};

TEST(ServiceEndpoint, IsWhatAwsClientsDerive) {
  for (const Case& c : kCases) {
    ASSERT_OK_AND_ASSIGN(const std::string endpoint,
                         ServiceEndpoint(c.service, c.region, c.variant));
    EXPECT_EQ(endpoint, c.endpoint);
  }
}

TEST(ServiceEndpoint, LetsNoRegionChangeTheHost) {
  for (const std::string region :
       {"", "evil.com/", "us-east-1.evil.com", "us east", "US-EAST-1", "-us", "us-", "a@b",
        "us-east-1:99", "us-east-1#", "%2f", "averyveryverylongregionnamethatisnone-1"}) {
    EXPECT_THAT(ServiceEndpoint("glue", region), IsError(ErrorCode::kInvalidArgument, "BadRegion"))
        << region;
  }
  EXPECT_THAT(ServiceEndpoint("s3", "cn-north-1", {.fips = true}),
              IsError(ErrorCode::kInvalidArgument, "BadRegion"));
}

TEST(ParseAwsHost, TellsWhatEndpointsSay) {
  for (const Case& c : kCases) {
    const AwsHost host = ParseAwsHost(c.endpoint.substr(8));
    EXPECT_EQ(host.service, c.service) << c.endpoint;
    EXPECT_EQ(host.region, c.region) << c.endpoint;
    EXPECT_TRUE(IsAwsDomain(c.endpoint.substr(8)));
  }
  for (const char* host : {"", "amazonaws.com", "a.b.c.amazonaws.com", ".us-east-1.amazonaws.com",
                           "glue.example.com", "glue.us-east-1.evilamazonaws.com",
                           "glue.us-east-1.amazonaws.com.evil.com", "s3.amazonaws.com"}) {
    EXPECT_EQ(ParseAwsHost(host).service, "") << host;
  }
  for (const char* host : {"", "amazonaws.com", "evilamazonaws.com", "amazonaws.com.evil.com"}) {
    EXPECT_FALSE(IsAwsDomain(host)) << host;
  }
}

}  // namespace
}  // namespace firn::aws
