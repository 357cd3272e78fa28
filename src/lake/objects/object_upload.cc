#include "lake/objects/object_upload.h"

namespace firn::objects {
namespace {

class GatheredUpload final : public ObjectUpload {
 public:
  GatheredUpload(const Context& context, ObjectStore& store, std::string url,
                 PutCondition condition)
      : context_(context), store_(store), url_(std::move(url)), condition_(condition) {}

  Status Append(std::string_view bytes) override {
    bytes_.append(bytes);
    return Ok();
  }
  Result<ObjectInfo> Finish() override { return store_.Put(context_, url_, bytes_, condition_); }

 private:
  // Constant after construction.
  const Context context_;
  ObjectStore& store_;
  const std::string url_;
  const PutCondition condition_;

  std::string bytes_;
};

}  // namespace

std::unique_ptr<ObjectUpload> BeginUpload(const Context& context, ObjectStore& store,
                                          const std::string& url, PutCondition condition) {
  if (auto* uploading = dynamic_cast<UploadingStore*>(&store)) {
    return uploading->BeginUpload(context, url, condition);
  }
  return std::make_unique<GatheredUpload>(context, store, url, condition);
}

Status AbortUploads(const Context& context, ObjectStore& store, const std::string& url) {
  auto* uploading = dynamic_cast<UploadingStore*>(&store);
  return uploading == nullptr ? Ok() : uploading->AbortUploads(context, url);
}

}  // namespace firn::objects
