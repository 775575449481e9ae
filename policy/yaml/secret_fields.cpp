#include "policy/yaml/secret_fields.hpp"

#include "policy/yaml/path.hpp"
#include "policy/yaml/scalars.hpp"

namespace autoscaler::policy::yaml {

void add_secret(
    map_reader& map, secret_keys keys, std::string const& what, secret_source& secret, fault_sink& faults
) {
    // The one that is read second finds the first.
    auto const alone = [keys, what, &secret, &faults](entry const& seen) {
        if (secret.empty())
            return true;
        faults.error(
            seen.key.offset,
            what + " has both " + std::string(keys.text) + " and " + std::string(keys.file) +
                ": write one of them"
        );
        return false;
    };
    map.key(keys.text, [=, &secret, &faults](entry const& seen) {
        auto text = read_secret_text(seen.value, what + "." + std::string(keys.text), faults);
        if (text && alone(seen))
            secret.text = std::move(*text);
    });
    map.key(keys.file, [=, &secret, &faults](entry const& seen) {
        auto const path = read_text(seen.value, what + "." + std::string(keys.file), faults);
        if (path && alone(seen))
            secret.file = path_beside(faults.file(), *path);
    });
}

} // namespace autoscaler::policy::yaml
