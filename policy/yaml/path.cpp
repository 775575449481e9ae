#include "policy/yaml/path.hpp"

#include <filesystem>

namespace autoscaler::policy::yaml {

std::string path_beside(std::string const& file, std::string const& path) {
    if (path.starts_with('/'))
        return path;
    return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

} // namespace autoscaler::policy::yaml
