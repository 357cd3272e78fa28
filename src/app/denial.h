#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What the audit log says of refused requests, and what one would have to do. Pure.

namespace firn::app {

struct Denial {
  std::string at;
  std::string request_id;
  std::string principal;  ///< Empty when it was not found out.
  std::string access_key_id;
  std::string operation;              ///< `s3tables CreateTableBucket`.
  std::string error;                  ///< AWS's code.
  std::vector<std::string> causes;    ///< For a person, one a decision, grant or proof that failed.
  std::vector<std::string> remedies;  ///< Beside the causes; not one each.
};

/// The last `count_max` denials of a log in the form of cloud/door/README.md, oldest first. Lines
/// that are no such JSON are passed over: the log may have been cut. A denial is a refused request
/// of which a policy, Lake Formation or the proof of identity said no, also one that was answered
/// as if the thing were absent.
std::vector<Denial> ReadDenials(std::string_view log, std::size_t count_max);

}  // namespace firn::app
