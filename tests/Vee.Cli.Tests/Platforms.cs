using System.Runtime.Versioning;

// As the command that is tested.
[assembly: SupportedOSPlatform("linux")]
[assembly: SupportedOSPlatform("macos")]
