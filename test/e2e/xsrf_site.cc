// xsrf_site: shows a token and takes forms that have it; what xsrf_interop_test.py asks.

#include "web/application.h"
#include "web/server.h"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace chatd;

class Form final : public web::RequestHandler {
 public:
  using RequestHandler::RequestHandler;
  void get() override { write(xsrf_token()); }
  void post() override { write("done"); }
};

}  // namespace

int main(int, char** argv) {
  web::Server server(
      {.host = "127.0.0.1", .port = static_cast<std::uint16_t>(std::atoi(argv[1])), .workers = 1});
  web::Application application({{"/", web::route<Form>()}}, {.xsrf_cookies = true});
  server.run(application);
}
