#pragma once
// Site: what all handlers of an Application share. Owned by it; built before any worker starts,
// constant after.

#include "web/settings.h"
#include "web/template_loader.h"

#include <utility>

namespace chatd::web {

struct Site {
  // Throws std::runtime_error when a template cannot be read or parsed.
  explicit Site(Settings given)
      : settings(std::move(given)),
        templates(settings.template_path.empty() ? TemplateLoader()
                                                 : TemplateLoader(settings.template_path)) {}

  const Settings settings;
  const TemplateLoader templates;
};

}  // namespace chatd::web
