#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

/// Strong types for the ids and names that cross function boundaries: explicit in both directions.

namespace firn {

/// A distinct type over T. `using SnapshotId = Strong<std::int64_t, struct SnapshotIdTag>;`
template <typename T, typename Tag>
class Strong {
 public:
  Strong() = default;
  explicit Strong(T value) : value_(std::move(value)) {}

  const T& value() const& { return value_; }
  T&& value() && { return std::move(value_); }

  friend auto operator<=>(const Strong&, const Strong&) = default;
  friend bool operator==(const Strong&, const Strong&) = default;

 private:
  T value_{};
};

}  // namespace firn

template <typename T, typename Tag>
struct std::hash<firn::Strong<T, Tag>> {
  std::size_t operator()(const firn::Strong<T, Tag>& id) const noexcept {
    return std::hash<T>{}(id.value());
  }
};
