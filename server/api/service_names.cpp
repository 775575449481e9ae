#include "server/api/service_names.hpp"

#include "server/api/api.hpp"
#include "server/text/utf8.hpp"

namespace autoscaler::server::api {

namespace {

// STACK_name has the name `name`; a stack's name may hold underscores, too.
bool has_short_name(std::string_view full, std::string_view name) {
    return !name.empty() && full.size() > name.size() + 1 && full.ends_with(name) &&
           full[full.size() - name.size() - 1] == '_';
}

} // namespace

std::vector<policy::service_status const*>
find_services(std::span<policy::service_status const> all, std::string_view name) {
    for (auto const& each : all)
        if (each.view && each.view->name == name)
            return {&each};
    for (auto const& each : all)
        if (each.service == name)
            return {&each};
    std::vector<policy::service_status const*> found;
    for (auto const& each : all)
        if (each.view && has_short_name(each.view->name, name))
            found.push_back(&each);
    return found;
}

http::response ambiguous(std::string_view name, std::span<policy::service_status const* const> found) {
    std::vector<std::string> names;
    names.reserve(found.size());
    for (auto const* each : found)
        names.push_back(each->view->name);
    return fail(
        404, "several services have the name " + text::in_quotes(name) + ": give one of the full names", names
    );
}

std::vector<std::string> recorded_names(std::span<policy::service_status const> all, std::string_view name) {
    std::vector<std::string> names{std::string(name)};
    for (auto const* each : find_services(all, name)) {
        names.push_back(each->service);
        if (each->view)
            names.push_back(each->view->name);
    }
    return names;
}

} // namespace autoscaler::server::api
