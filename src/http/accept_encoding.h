#pragma once
// Accept-Encoding (RFC 9110, 12.5.3). Any thread.

#include "http/headers.h"

namespace chatd::http {

// Whether the client takes gzip, and takes it at least as gladly as no coding. Who says nothing of
// it is not given it.
bool accepts_gzip(const Headers& headers);

}  // namespace chatd::http
